import type { ModelSummary } from '#shared/domain/model.ts';
import { toModelName } from '#shared/domain/model-name.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { answered, formatBytes, stateLine, type SeenServer } from './state-words.ts';

/** What a row does, as data: `tray-actions.ts` carries it out through the same commands as window and CLI. */
export type TrayAction =
  | { do: 'copy'; text: string }
  | { do: 'pause' }
  | { do: 'resume' }
  | { do: 'switch'; model: string }
  | { do: 'unload'; models: readonly string[] }
  | { do: 'open-window'; page: string }
  | { do: 'open-browser' }
  | { do: 'open-logs' }
  | { do: 'detach' }
  | { do: 'quit' };

export type TrayMenuItem =
  | { kind: 'separator' }
  | { kind: 'action'; label: string; action: TrayAction; enabled: boolean; isChecked?: boolean }
  | { kind: 'submenu'; label: string; enabled: boolean; items: readonly TrayMenuItem[] };

/** What the menu shows. */
export interface TrayMenuInput {
  server: SeenServer;
  models: readonly ModelSummary[];
  /** True when the server is another process that goes on without this app. */
  isAttached: boolean;
}

const separator: TrayMenuItem = { kind: 'separator' };

/** At most this many models in "Switch model"; the window lists the rest. */
const longestModelList = 12;

/**
 * The native menu. The order never changes; a row that cannot act now is greyed and says why. At most 12 rows and
 * separators apart from submenus.
 */
export function trayMenu(input: TrayMenuInput): TrayMenuItem[] {
  const server = answered(input.server);
  const loaded = input.models.filter(({ status }) => status.state === 'loaded');
  return [
    stateRow(input.server),
    serveRow(server),
    separator,
    inMemoryRow(loaded),
    switchRow(server, input.models),
    unloadAllRow(loaded),
    separator,
    openWindowRow('Open Impetus', ''),
    openWindowRow('Chat…', 'chat'),
    copyBaseUrlRow(server),
    troubleshootRow(server),
    separator,
    ...quitRows(server, input.isAttached),
  ];
}

/** A click copies the address. */
function stateRow(seen: SeenServer): TrayMenuItem {
  const server = answered(seen);
  const action: TrayAction = { do: 'copy', text: server?.baseUrl ?? '' };
  return { kind: 'action', label: stateLine(seen), action, enabled: server !== undefined };
}

function serveRow(server: ServerState | undefined): TrayMenuItem {
  const isPaused = server?.phase === 'paused';
  const canAct = server !== undefined && server.phase !== 'stopping' && server.phase !== 'starting';
  return {
    kind: 'action',
    label: isPaused ? 'Resume serving' : 'Pause serving, frees the memory',
    action: { do: isPaused ? 'resume' : 'pause' },
    enabled: canAct,
  };
}

function inMemoryRow(loaded: readonly ModelSummary[]): TrayMenuItem {
  const [first, ...others] = loaded;
  if (!first) return { kind: 'submenu', label: 'No model in memory', enabled: false, items: [] };
  const bytes = loaded.reduce((sum, model) => sum + memoryBytes(model), 0);
  if (others.length === 0) {
    const label = `In memory: ${toModelName(first)} · ${formatBytes(bytes)}`;
    return { kind: 'submenu', label, enabled: true, items: loadedModelItems(first) };
  }
  const items = loaded.map((model): TrayMenuItem => ({
    kind: 'submenu',
    label: `${toModelName(model)} · ${formatBytes(memoryBytes(model))}`,
    enabled: true,
    items: loadedModelItems(model),
  }));
  return { kind: 'submenu', label: `In memory: ${loaded.length} models · ${formatBytes(bytes)}`, enabled: true, items };
}

function loadedModelItems(model: ModelSummary): TrayMenuItem[] {
  return [
    { kind: 'action', label: 'Unload', action: { do: 'unload', models: [model.id] }, enabled: true },
    { kind: 'action', label: 'Copy model id', action: { do: 'copy', text: model.id }, enabled: true },
  ];
}

function switchRow(server: ServerState | undefined, models: readonly ModelSummary[]): TrayMenuItem {
  const reason = reasonNotToLoad(server, models);
  if (reason) return { kind: 'submenu', label: `Switch model (${reason})`, enabled: false, items: [] };
  const shown = models.slice(0, longestModelList).map(modelRow);
  const rest = models.length - shown.length;
  const more: TrayMenuItem[] = [
    separator,
    openWindowRow(rest > 0 ? `All ${models.length} models…` : 'All models…', 'library'),
  ];
  return { kind: 'submenu', label: 'Switch model', enabled: true, items: [...shown, ...more] };
}

function reasonNotToLoad(server: ServerState | undefined, models: readonly ModelSummary[]): string | undefined {
  if (!server) return 'server not answering';
  if (server.phase === 'paused') return 'paused';
  return models.length === 0 ? 'no models yet' : undefined;
}

/** The default model carries the check mark: it is the one that answers when a request names none. */
function modelRow(model: ModelSummary): TrayMenuItem {
  const { status } = model;
  const label = [toModelName(model), model.facts.quantization, modelStateWords(status)].filter(Boolean).join(' · ');
  return {
    kind: 'action',
    label,
    action: { do: 'switch', model: model.id },
    enabled: status.state !== 'loading' && status.state !== 'unloading' && model.trust !== 'quarantined',
    isChecked: model.isDefault,
  };
}

function modelStateWords(status: ModelSummary['status']): string {
  switch (status.state) {
    case 'unloaded':
      return '';
    case 'loading':
      return `loading ${Math.round(status.progress * 100)} %`;
    case 'loaded':
      return 'in memory';
    case 'unloading':
      return 'unloading';
    case 'failed':
      return 'did not load';
  }
}

function unloadAllRow(loaded: readonly ModelSummary[]): TrayMenuItem {
  const bytes = loaded.reduce((sum, model) => sum + memoryBytes(model), 0);
  return {
    kind: 'action',
    label: loaded.length === 0 ? 'Unload all' : `Unload all, frees ${formatBytes(bytes)}`,
    action: { do: 'unload', models: loaded.map(({ id }) => id) },
    enabled: loaded.length > 0,
  };
}

function openWindowRow(label: string, page: string): TrayMenuItem {
  return { kind: 'action', label, action: { do: 'open-window', page }, enabled: true };
}

function copyBaseUrlRow(server: ServerState | undefined): TrayMenuItem {
  const action: TrayAction = { do: 'copy', text: toBaseUrl(server) };
  return { kind: 'action', label: 'Copy base URL', action, enabled: server !== undefined };
}

function troubleshootRow(server: ServerState | undefined): TrayMenuItem {
  const enabled = server !== undefined;
  const curl = curlExample(toBaseUrl(server));
  return {
    kind: 'submenu',
    label: 'Troubleshoot',
    enabled: true,
    items: [
      { kind: 'action', label: 'Copy curl example', action: { do: 'copy', text: curl }, enabled },
      { kind: 'action', label: 'Open in browser', action: { do: 'open-browser' }, enabled },
      { kind: 'action', label: 'Open logs folder', action: { do: 'open-logs' }, enabled: true },
    ],
  };
}

/** What an OpenAI client wants as its base URL. */
function toBaseUrl(server: ServerState | undefined): string {
  return `${server?.baseUrl ?? ''}/v1`;
}

/** Without `model`: the default model answers, so the line works whatever is loaded. */
function curlExample(baseUrl: string): string {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] });
  return `curl ${baseUrl}/chat/completions -H 'Content-Type: application/json' -d '${body}'`;
}

function quitRows(server: ServerState | undefined, isAttached: boolean): TrayMenuItem[] {
  const running = server?.activeRequests ?? 0;
  const label =
    running > 0 ? `Quit Impetus… (${running} ${running === 1 ? 'request' : 'requests'} running)` : 'Quit Impetus';
  const quit: TrayMenuItem = { kind: 'action', label, action: { do: 'quit' }, enabled: true };
  if (!isAttached) return [quit];
  return [{ kind: 'action', label: 'Close this menu, keep serving', action: { do: 'detach' }, enabled: true }, quit];
}

function memoryBytes({ status }: ModelSummary): number {
  return status.state === 'loaded' ? status.memoryBytes : 0;
}
