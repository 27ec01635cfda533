import type { ServerResponse } from 'node:http';

/** No proxy may hold events back; nothing is compressed. */
const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
} as const;

const keepAliveMs = 10_000;
/** A comment: Continue takes a line that starts with `: ping` for the end. */
const keepAliveFrame = ': keep-alive\n\n';

export interface EventStreamOptions {
  response: ServerResponse;
  headers?: Readonly<Record<string, string>>;
  /** How long nothing may be sent before a comment is, in ms. */
  keepAliveMs?: number;
}

/** A stream of server-sent events on an answer: one write per event, comments while nothing happens. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #keepAlive: NodeJS.Timeout;

  constructor({ response, headers = {}, keepAliveMs: interval = keepAliveMs }: EventStreamOptions) {
    this.#response = response;
    response.writeHead(200, { ...streamHeaders, ...headers });
    response.flushHeaders();
    this.#keepAlive = setInterval(() => response.write(keepAliveFrame), interval);
    response.once('close', () => clearInterval(this.#keepAlive));
  }

  /** Sends one frame. A promise comes back when the client reads slowly: wait for it before sending more. */
  send(frame: string): Promise<void> | undefined {
    this.#keepAlive.refresh();
    if (this.#response.write(frame) || this.#response.destroyed) return undefined;
    return waitForDrain(this.#response);
  }

  end(): void {
    clearInterval(this.#keepAlive);
    this.#response.end();
  }
}

/** Resolves when the client has read enough, or has gone. */
function waitForDrain(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
