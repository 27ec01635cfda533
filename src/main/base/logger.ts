import { pino, type DestinationStream, type Logger } from 'pino';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import { Emitter } from './emitter.ts';

export type { Logger } from 'pino';

const ringSize = 1000;

/** The newest log entries in memory and a feed of new ones, for the window's live tail. */
export interface LogFeed {
  recent(limit: number): LogEntry[];
  subscribe(listener: (entry: LogEntry) => void): () => void;
}

export interface LoggerOptions {
  level: string;
  /** Receives each JSON line, newline included. */
  write: (line: string) => void;
}

/** One structured JSON line per event; the room is a field. Prompts and secrets are never logged. */
export function createLogger({ level, write }: LoggerOptions): { logger: Logger; feed: LogFeed } {
  const lines = new LineRing();
  const emitter = new Emitter<LogEntry>();
  const destination: DestinationStream = {
    write(line) {
      flatten(line);
      write(line);
      lines.push(line);
      // Reading a line back costs more than writing it, so it waits until somebody looks.
      if (emitter.listenerCount > 0) emitter.emit(toLogEntry(line));
    },
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: createTimestamp(),
      formatters: { level: (label) => ({ level: label }) },
      redact: ['headers.authorization', 'headers.cookie', 'headers["x-api-key"]', 'token'],
    },
    destination,
  );
  return {
    logger,
    feed: {
      recent: (limit) => lines.recent(limit).map(toLogEntry),
      subscribe: (listener) => emitter.subscribe(listener),
    },
  };
}

/**
 * A line comes as a tree of its pieces; kept like that, a thousand of them cost the garbage collector a tenth of the
 * time of a short request. Reading a text as a number puts it in one piece.
 */
function flatten(line: string): void {
  Number(line);
}

/** The newest lines, in constant time for each. */
class LineRing {
  readonly #lines: string[] = [];
  /** Place of the oldest line once all places are taken. */
  #next = 0;

  push(line: string): void {
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % ringSize;
  }

  /** At most so many, the newest one last. */
  recent(limit: number): string[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)].slice(-limit);
  }
}

/** The time as a member of a line. The second is written once: a busy server logs thousands of lines in it. */
function createTimestamp(): () => string {
  let second = -1;
  let opening = '';
  return () => {
    const now = Date.now();
    const current = Math.floor(now / 1000);
    if (current !== second) {
      second = current;
      opening = `,"time":"${new Date(current * 1000).toISOString().slice(0, -4)}`;
    }
    return `${opening}${String(now - current * 1000).padStart(3, '0')}Z"`;
  };
}

function toLogEntry(line: string): LogEntry {
  const { time, level, room, msg, requestId, ...fields } = JSON.parse(line) as Record<string, unknown>;
  return {
    time: String(time),
    level: (level === 'fatal' ? 'error' : level) as LogEntry['level'],
    room: typeof room === 'string' ? room : 'app',
    message: typeof msg === 'string' ? msg : '',
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...(Object.keys(fields).length > 0 ? { fields } : {}),
  };
}
