import type { ServerState } from '#shared/domain/server-state.ts';

/** What the shell knows of the server: its state, or that it did not answer yet, or that it stopped answering. */
export type SeenServer = ServerState | 'connecting' | 'lost';

/** The state of a server that answers. */
export function answered(server: SeenServer): ServerState | undefined {
  return typeof server === 'string' ? undefined : server;
}

/** The drawing of the tray icon; `resources/tray` holds one file per glyph and size. */
export type Glyph = 'starting' | 'ready' | 'busy' | 'paused' | 'problem';

const glyphs: Record<ServerState['phase'], Glyph> = {
  starting: 'starting',
  ready: 'ready',
  busy: 'busy',
  paused: 'paused',
  problem: 'problem',
  stopping: 'starting',
};

const words: Record<ServerState['phase'], string> = {
  starting: 'Starting',
  ready: 'Ready',
  busy: 'Busy',
  paused: 'Paused',
  problem: 'Problem',
  stopping: 'Stopping',
};

/** A server that stopped answering is a problem; nothing is shown as ready on faith. */
export function toGlyph(server: SeenServer): Glyph {
  if (typeof server === 'string') return server === 'connecting' ? 'starting' : 'problem';
  return glyphs[server.phase];
}

/** First row of the menu: the state's word, then the address or what is wrong. */
export function stateLine(server: SeenServer): string {
  if (typeof server === 'string') return server === 'connecting' ? words.starting : 'Impetus is not answering';
  if (server.phase === 'problem') return `${words.problem}: ${server.problem ?? 'see the log'}`;
  return `${words[server.phase]} · ${server.baseUrl}`;
}

/** Name of the tray icon for screen readers, and its tooltip: "Impetus: busy, 2 requests, 127.0.0.1:11535". */
export function tooltip(server: SeenServer): string {
  if (typeof server === 'string') return server === 'connecting' ? 'Impetus: starting' : 'Impetus: not answering';
  const parts = [
    server.phase === 'problem' ? withoutStop(server.problem ?? 'problem') : words[server.phase].toLowerCase(),
  ];
  if (server.activeRequests > 0)
    parts.push(`${server.activeRequests} ${server.activeRequests === 1 ? 'request' : 'requests'}`);
  parts.push(server.baseUrl.replace(/^https?:\/\//, ''));
  return `Impetus: ${parts.join(', ')}`;
}

/** Decimal units, as file managers show sizes: "98 MB", "3.1 GB". */
export function formatBytes(bytes: number): string {
  if (bytes < 999_500_000) return `${Math.round(bytes / 1_000_000)} MB`;
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
