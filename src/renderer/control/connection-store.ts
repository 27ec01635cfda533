import type { ControlClient } from '#shared/control/client.ts';
import type { ConnectionState } from '#shared/control/transports/control-transport.ts';

export interface Connection {
  state: ConnectionState;
  /** When the server was last heard, as `Date.now()`; undefined before the first answer. */
  lastSeenAt: number | undefined;
}

/** How the line to the server stands. */
export class ConnectionStore {
  #connection: Connection = { state: 'connecting', lastSeenAt: undefined };
  readonly #listeners = new Set<() => void>();

  constructor(client: ControlClient) {
    client.onConnectionChange((state) => this.#change(state));
  }

  get(): Connection {
    return this.#connection;
  }

  /** Returns the unsubscribe function. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(state: ConnectionState): void {
    const heard = state === 'online' || this.#connection.state === 'online';
    this.#connection = { state, lastSeenAt: heard ? Date.now() : this.#connection.lastSeenAt };
    for (const listener of [...this.#listeners]) listener();
  }
}
