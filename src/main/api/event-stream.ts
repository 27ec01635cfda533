import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** No proxy may hold events back; nothing is compressed. */
const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-accel-buffering': 'no',
} as const;

const defaultKeepAliveMs = 10_000;
/** A client that takes nothing for so long is hung up on: its request must not keep the model in memory for ever. */
const defaultStallMs = 600_000;
/** A comment: Continue takes a line that starts with `: ping` for the end. */
const comment = ': keep-alive\n\n';

export interface EventStreamOptions {
  response: ServerResponse;
  headers?: Readonly<Record<string, string>>;
  /** How long nothing may be sent before a comment is, in ms; it may be half as long again. */
  keepAliveMs?: number;
  /** What is sent then; default: a comment. */
  keepAliveFrame?: (() => string) | undefined;
  /** How long the client may take nothing at all of what is sent before its connection is closed, in ms. */
  stallMs?: number;
}

/** A stream of server-sent events on an answer: one write per event, comments while nothing happens. */
export class EventStream {
  readonly #response: ServerResponse;
  /** Not set again with every event: it looks twice per period whether any was sent. */
  readonly #keepAlive: NodeJS.Timeout;
  readonly #keepAliveFrame: () => string;
  readonly #stallMs: number;
  #quietLooks = 0;

  constructor({
    response,
    headers = {},
    keepAliveMs = defaultKeepAliveMs,
    keepAliveFrame = () => comment,
    stallMs = defaultStallMs,
  }: EventStreamOptions) {
    this.#response = response;
    this.#keepAliveFrame = keepAliveFrame;
    this.#stallMs = stallMs;
    response.writeHead(200, { ...streamHeaders, ...headers });
    response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#lookForSilence(), keepAliveMs / 2);
    response.once('close', () => clearInterval(this.#keepAlive));
  }

  /** Sends one frame. A promise comes back when the client reads slowly: wait for it before sending more. */
  send(frame: string): Promise<void> | undefined {
    // An empty chunk would be the end of the answer.
    if (frame === '') return undefined;
    this.#quietLooks = 0;
    return this.#write(frame) ? undefined : waitForDrain(this.#response, this.#stallMs);
  }

  end(): void {
    clearInterval(this.#keepAlive);
    this.#response.end();
  }

  #lookForSilence(): void {
    this.#quietLooks += 1;
    if (this.#quietLooks < 2) return;
    this.#quietLooks = 0;
    this.#write(this.#keepAliveFrame());
  }

  /** False when the client reads slower than events come. */
  #write(frame: string): boolean {
    const response = this.#response;
    const { socket } = response;
    if (response.destroyed || response.writableEnded) return true;
    // Before its turn on a pipelined connection an answer has no socket; and HTTP/1.0 knows no chunks.
    if (!socket || !response.chunkedEncoding) return response.write(frame);
    return writeChunk(socket, frame);
  }
}

/**
 * One HTTP chunk in one write: Node's own path makes four pieces of it, which costs twice the CPU time per event. Safe
 * because the headers are flushed and everything later on this answer goes the same way, up to its `end`.
 */
function writeChunk(socket: Socket, frame: string): boolean {
  const length = Buffer.byteLength(frame);
  const chunk = `${length.toString(16)}\r\n${frame}\r\n`;
  return socket.write(chunk, length === frame.length ? 'latin1' : 'utf8');
}

/** Resolves when the client has read enough, or has gone; one that reads nothing is hung up on after a while. */
function waitForDrain(response: ServerResponse, stallMs: number): Promise<void> {
  const { socket } = response;
  return new Promise((resolve) => {
    let unread = socket?.writableLength ?? 0;
    const look = () => {
      const left = socket?.writableLength ?? 0;
      if (left >= unread) response.destroy();
      unread = left;
    };
    const stall = setInterval(look, stallMs);
    const done = () => {
      clearInterval(stall);
      socket?.off('drain', done);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    socket?.on('drain', done);
    response.on('drain', done);
    response.on('close', done);
  });
}
