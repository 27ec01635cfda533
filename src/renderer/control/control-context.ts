import { createContext, use } from 'react';
import type { ControlClient } from '#shared/control/client.ts';
import { ConnectionStore } from './connection-store.ts';
import { RateHistoryStore } from './rate-history.ts';
import { SignalStore } from './signal-store.ts';

/** What every view reads: the client, the newest values, the line to the server, things that outlive a page. */
export interface Control {
  client: ControlClient;
  signals: SignalStore;
  connection: ConnectionStore;
  rates: RateHistoryStore;
  kept: Map<string, unknown>;
}

export const ControlContext = createContext<Control | undefined>(undefined);

export function createControl(client: ControlClient): Control {
  const signals = new SignalStore(client);
  return {
    client,
    signals,
    connection: new ConnectionStore(client),
    rates: new RateHistoryStore(signals),
    kept: new Map(),
  };
}

/** Throws when a component stands outside the provider. */
export function useControl(): Control {
  const control = use(ControlContext);
  if (!control) throw new Error('This view stands outside ControlContext.');
  return control;
}

/** A value made once per window: it outlives the page that asked for it first. */
export function useKept<Value>(key: string, create: (control: Control) => Value): Value {
  const control = useControl();
  if (!control.kept.has(key)) control.kept.set(key, create(control));
  return control.kept.get(key) as Value;
}
