import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection that says exactly what it is told, for requests that no HTTP client would send. */
export class RawConnection {
  readonly socket: Socket;
  #received = '';
  #isClosed = false;
  #wake: () => void = () => undefined;

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect({ port, host, allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    const close = () => {
      this.#isClosed = true;
      this.#wake();
    };
    this.socket.on('end', close);
    this.socket.on('close', close);
    // A reset is one of the things that are tested; it shows as the end of the connection.
    this.socket.on('error', close);
    onTestFinished(() => void this.socket.destroy());
  }

  get received(): string {
    return this.#received;
  }

  /** True once the server has ended the connection. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Waits until the answer holds the text; throws with what came instead. */
  async waitFor(text: string, timeoutMs = 20_000): Promise<string> {
    await this.#waitUntil(() => this.#received.includes(text) || this.#isClosed, timeoutMs);
    if (!this.#received.includes(text)) throw new Error(`The answer lacks ${text}: ${this.#received.slice(0, 500)}`);
    return this.#received;
  }

  async waitForClose(timeoutMs = 20_000): Promise<string> {
    await this.#waitUntil(() => this.#isClosed, timeoutMs);
    if (!this.#isClosed) throw new Error(`The connection stays open after ${this.#received.slice(0, 500)}`);
    return this.#received;
  }

  async #waitUntil(isDone: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!isDone() && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(1, deadline - performance.now()));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (isDone()) this.#wake();
      });
    }
  }
}

export interface RawAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

export interface RawRequest {
  method?: string;
  target: string;
  /** One line each, `Name: value`; `Host` is not added. */
  headers: readonly string[];
  body?: string | Buffer;
}

/** Sends one request exactly so and reads the answer to the end of the connection. */
export async function askRaw(port: number, { method = 'GET', target, headers, body }: RawRequest): Promise<RawAnswer> {
  const connection = new RawConnection(port);
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [`${method} ${target} HTTP/1.1`, ...headers, ...length, 'Connection: close'];
  connection.send(`${lines.join('\r\n')}\r\n\r\n`);
  if (body !== undefined) connection.send(Buffer.from(body));
  return parseAnswer(await connection.waitForClose());
}

export function parseAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
