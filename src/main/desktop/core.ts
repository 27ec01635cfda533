import type { ControlTransport } from '#shared/control/transports/control-transport.ts';

/** The server behind the shell: in this process, or another process that the shell is attached to. */
export interface Core {
  transport: ControlTransport;
  /** True when the server is another process that can go on without this app. */
  isAttached: boolean;
  /** Stops accepting, drains running requests for up to five seconds, ends every child. Idempotent. */
  stop(): Promise<void>;
}
