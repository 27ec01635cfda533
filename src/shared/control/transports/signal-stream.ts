import { z } from 'zod';
import type { ConnectionState } from './control-transport.ts';
import { readEventStream } from './event-stream-reader.ts';
import { parseJson } from './parse-json.ts';

/** One message of `GET /control/v1/events`, which carries every signal of the contract. */
const signalMessageSchema = z.strictObject({ signal: z.string(), value: z.unknown() });
export type SignalMessage = z.infer<typeof signalMessageSchema>;

export interface SignalStreamOptions {
  /** Requests the event stream; rejects when nothing answers. */
  connect(abort: AbortSignal): Promise<Response>;
  /** First wait before trying again, in ms; doubles up to `retryMaxMs`. */
  retryMinMs: number;
  retryMaxMs: number;
  /** A stream silent for so long counts as lost, in ms. The server writes something every 10 s. */
  silenceMs: number;
}

/** The stream stays open for so long after the last listener left: pages change faster than connections. */
const lingerMs = 300;

type Listener = (value: unknown) => void;

/** All signals over one event stream, opened with the first listener, closed after the last, reopened when it breaks. */
export class SignalStream {
  readonly #options: SignalStreamOptions;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #stateListeners = new Set<(state: ConnectionState) => void>();
  /** The newest value of each signal on this connection, for those who listen later. */
  readonly #values = new Map<string, unknown>();
  #state: ConnectionState = 'connecting';
  #stop: AbortController | undefined;
  #closing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SignalStreamOptions) {
    this.#options = options;
  }

  subscribe(name: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    if (this.#values.has(name)) listener(this.#values.get(name));
    clearTimeout(this.#closing);
    if (!this.#stop) this.#start();
    return () => {
      listeners.delete(listener);
      clearTimeout(this.#closing);
      this.#closing = setTimeout(() => this.#endIfUnheard(), lingerMs);
    };
  }

  onConnectionChange(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#stateListeners.clear();
    this.#end();
  }

  #start(): void {
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  #endIfUnheard(): void {
    if ([...this.#listeners.values()].every((listeners) => listeners.size === 0)) this.#end();
  }

  #end(): void {
    clearTimeout(this.#closing);
    this.#stop?.abort();
    this.#stop = undefined;
    this.#values.clear();
    this.#setState('connecting');
  }

  async #run(stop: AbortSignal): Promise<void> {
    let waitMs = this.#options.retryMinMs;
    while (!stop.aborted) {
      const outcome = await this.#readOnce(stop).catch(() => 'lost' as const);
      if (stop.aborted) return;
      if (this.#state === 'online') waitMs = this.#options.retryMinMs;
      this.#values.clear();
      this.#setState(outcome);
      await sleep(waitMs, stop);
      waitMs = Math.min(waitMs * 2, this.#options.retryMaxMs);
    }
  }

  /** Reads one connection to its end and says how the connection stands then. */
  async #readOnce(stop: AbortSignal): Promise<'lost' | 'unauthorized'> {
    const silence = new SilenceTimer(this.#options.silenceMs);
    try {
      const response = await this.#options.connect(AbortSignal.any([stop, silence.signal]));
      if (response.status === 401) return 'unauthorized';
      if (!response.ok || !response.body) return 'lost';
      for await (const data of readEventStream(response.body, () => silence.restart())) {
        if (stop.aborted) break;
        this.#setState('online');
        this.#deliver(data);
      }
      return 'lost';
    } finally {
      silence.stop();
    }
  }

  #deliver(data: string): void {
    const message = signalMessageSchema.safeParse(parseJson(data));
    if (!message.success) return;
    const { signal, value } = message.data;
    this.#values.set(signal, value);
    for (const listener of [...(this.#listeners.get(signal) ?? [])]) listener(value);
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener(state);
  }
}

/** Aborts its signal when nothing was heard for `silenceMs`. */
class SilenceTimer {
  readonly #silenceMs: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.#silenceMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

async function sleep(ms: number, stop: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
