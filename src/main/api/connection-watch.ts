import type { Socket } from 'node:net';
import type { AppError } from '#shared/errors/app-error.ts';
import { clientGone, type Exchange } from './exchange.ts';

/**
 * Knows which exchanges run on which connection. A connection that closes, or whose client has said its last word,
 * aborts them: nobody is there to read the answer, so the sequence is freed at the next step.
 */
export class ConnectionWatch {
  readonly #running = new Map<Socket, Set<Exchange>>();
  readonly #idleWaiters = new Set<() => void>();
  #count = 0;

  addConnection(socket: Socket): void {
    const exchanges = new Set<Exchange>();
    this.#running.set(socket, exchanges);
    const leave = () => {
      for (const exchange of exchanges) exchange.abort(clientGone());
    };
    socket.once('end', leave);
    socket.once('close', () => {
      leave();
      if (exchanges.size === 0) this.#running.delete(socket);
    });
  }

  begin(socket: Socket, exchange: Exchange): void {
    this.#running.get(socket)?.add(exchange);
    this.#count += 1;
  }

  end(socket: Socket, exchange: Exchange): void {
    const exchanges = this.#running.get(socket);
    if (exchanges?.delete(exchange) && exchanges.size === 0 && socket.destroyed) this.#running.delete(socket);
    this.#count -= 1;
    if (this.#count === 0) for (const resolve of this.#idleWaiters) resolve();
  }

  abortAll(reason: AppError): void {
    for (const exchanges of this.#running.values()) {
      for (const exchange of exchanges) exchange.abort(reason);
    }
  }

  /** Resolves when no exchange runs, or after the time. */
  async waitUntilIdle(milliseconds: number): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#idleWaiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#idleWaiters.add(done);
    });
  }
}
