import type { ControlClient } from '#shared/control/client.ts';
import type { SignalName, SignalValue } from '#shared/control/contract.ts';

interface Entry {
  value: unknown;
  listeners: Set<() => void>;
  unsubscribe: (() => void) | undefined;
}

/**
 * The newest value of each signal, one subscription per signal however many views read it. A value outlives its
 * readers, so a page that comes back shows the last known state at once.
 */
export class SignalStore {
  readonly #client: ControlClient;
  readonly #entries = new Map<SignalName, Entry>();

  constructor(client: ControlClient) {
    this.#client = client;
  }

  /** Undefined until the first value arrived. */
  get<Name extends SignalName>(name: Name): SignalValue<Name> | undefined {
    return this.#entries.get(name)?.value as SignalValue<Name> | undefined;
  }

  /** Returns the unsubscribe function. */
  subscribe(name: SignalName, listener: () => void): () => void {
    const entry = this.#requireEntry(name);
    entry.listeners.add(listener);
    entry.unsubscribe ??= this.#client.signal(name, (value) => {
      entry.value = value;
      for (const each of [...entry.listeners]) each();
    });
    return () => {
      entry.listeners.delete(listener);
      if (entry.listeners.size > 0) return;
      entry.unsubscribe?.();
      entry.unsubscribe = undefined;
    };
  }

  #requireEntry(name: SignalName): Entry {
    const known = this.#entries.get(name);
    if (known) return known;
    const entry: Entry = { value: undefined, listeners: new Set(), unsubscribe: undefined };
    this.#entries.set(name, entry);
    return entry;
  }
}
