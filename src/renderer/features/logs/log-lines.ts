import type { LogEntry } from '#shared/domain/log-entry.ts';
import { formatClock } from '../../format/format-time.ts';

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

/** Fields in few words, for the end of a row: `status 200 · ms 41`. */
export function toFieldText({ fields, requestId }: LogEntry): string {
  const parts = Object.entries(fields ?? {}).map(([name, value]) => `${name} ${toShortValue(value)}`);
  return [...(requestId ? [requestId] : []), ...parts].join(' · ');
}

/** The accessible name of a row. */
export function toRowName({ time, level, room, message }: LogEntry): string {
  return `${formatClock(time)} ${level} ${room}: ${message}`;
}

function holds(entry: LogEntry, text: string): boolean {
  const fields = entry.fields ? JSON.stringify(entry.fields) : '';
  return `${entry.message} ${entry.room} ${entry.requestId ?? ''} ${fields}`.toLowerCase().includes(text);
}

function toShortValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
