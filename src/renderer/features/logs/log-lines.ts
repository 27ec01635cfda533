import type { LogEntry } from '#shared/domain/log-entry.ts';

/** Most lines kept in the window; the oldest leave. */
export const keptLines = 5000;

/** One line with a number that never changes while it is kept. */
export interface LogLine {
  number: number;
  entry: LogEntry;
}

export type LevelChoice = 'all' | 'debug' | 'info' | 'warn' | 'error';

const ranks = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 } satisfies Record<LogEntry['level'], number>;

/** The kept lines with new ones at the end. */
export function appendLines(lines: readonly LogLine[], entries: readonly LogEntry[]): readonly LogLine[] {
  const first = (lines.at(-1)?.number ?? 0) + 1;
  const added = entries.map((entry, index): LogLine => ({ number: first + index, entry }));
  return [...lines, ...added].slice(-keptLines);
}

export interface LogFilter {
  level: LevelChoice;
  /** Looked for in the message, the room, the request id and the fields, ignoring case. */
  text: string;
}

/** The lines that the filter lets through, in their order. */
export function filterLines(lines: readonly LogLine[], { level, text }: LogFilter): LogLine[] {
  const lowest = level === 'all' ? 0 : ranks[level];
  const wanted = text.trim().toLowerCase();
  return lines.filter(({ entry }) => ranks[entry.level] >= lowest && (wanted === '' || holds(entry, wanted)));
}

/** Lines as text to take along: one per line, fields as JSON at the end. */
export function toPlainText(lines: readonly LogLine[]): string {
  return lines
    .map(({ entry }) => {
      const fields = entry.fields ? ` ${JSON.stringify(entry.fields)}` : '';
      const request = entry.requestId ? ` ${entry.requestId}` : '';
      return `${entry.time} ${entry.level} ${entry.room}${request} ${entry.message}${fields}`;
    })
    .join('\n');
}

/** What a row says: the message, and for a request what was asked and how it ended: `GET /v1/models 200`. */
export function toRowText({ message, fields }: LogEntry): string {
  const request = toRequest(fields);
  if (!request) return message;
  return `${request.method} ${request.path} ${request.status}`;
}

/** The remaining fields in few words, for the end of a row: `ms 41 · model qwen3-8b`. */
export function toFieldText({ fields, requestId }: LogEntry): string {
  const hidden = toRequest(fields) ? ['method', 'path', 'status'] : [];
  const parts = Object.entries(fields ?? {})
    .filter(([name]) => !hidden.includes(name))
    .map(([name, value]) => `${name} ${toShortValue(value)}`);
  return [...parts, ...(requestId ? [requestId] : [])].join(' · ');
}

function holds(entry: LogEntry, text: string): boolean {
  const fields = entry.fields ? JSON.stringify(entry.fields) : '';
  return `${entry.message} ${entry.room} ${entry.requestId ?? ''} ${fields}`.toLowerCase().includes(text);
}

function toRequest(fields: LogEntry['fields']): { method: string; path: string; status: number } | undefined {
  const { method, path, status } = fields ?? {};
  if (typeof method !== 'string' || typeof path !== 'string' || typeof status !== 'number') return undefined;
  return { method, path, status };
}

function toShortValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
