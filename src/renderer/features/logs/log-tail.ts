import type { ControlClient } from '#shared/control/client.ts';
import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import { appendLines, type LogLine } from './log-lines.ts';

export interface LogTailState {
  /** Undefined until the first entries came. */
  lines: readonly LogLine[] | undefined;
  /** Entries held back while paused. */
  heldBack: readonly LogEntry[];
  isPaused: boolean;
  error: AppError | undefined;
}

const backlog = 500;
const retryMs = 2000;

/** The server's log as it is written, from the moment the page looks; opened again by itself after a break. */
export class LogTail {
  readonly #client: ControlClient;
  readonly #listeners = new Set<() => void>();
  #state: LogTailState = { lines: undefined, heldBack: [], isPaused: false, error: undefined };
  #stop: AbortController | undefined;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  get(): LogTailState {
    return this.#state;
  }

  /** Returns the unsubscribe function. The tail is open while someone listens. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#stop) {
      this.#stop = new AbortController();
      void this.#run(this.#stop.signal);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.abort();
      this.#stop = undefined;
    };
  }

  pause(): void {
    this.#set({ isPaused: true });
  }

  /** Goes on, with what was held back. */
  resume(): void {
    const { lines = [], heldBack } = this.#state;
    this.#set({ isPaused: false, lines: appendLines(lines, heldBack), heldBack: [] });
  }

  /** Forgets the lines shown; the server's own log is not touched. */
  clear(): void {
    this.#set({ lines: [], heldBack: [] });
  }

  async #run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        this.#set({ lines: undefined, heldBack: [] });
        for await (const entries of this.#client.channel('logs.tail', { backlog }, stop)) this.#add(entries);
      } catch (thrown) {
        if (!stop.aborted) this.#set({ error: toAppError(thrown) });
      }
      if (!stop.aborted) await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  #add(entries: readonly LogEntry[]): void {
    const { lines, heldBack, isPaused } = this.#state;
    if (isPaused && lines) this.#set({ heldBack: [...heldBack, ...entries], error: undefined });
    else this.#set({ lines: appendLines(lines ?? [], entries), error: undefined });
  }

  #set(change: Partial<LogTailState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of [...this.#listeners]) listener();
  }
}
