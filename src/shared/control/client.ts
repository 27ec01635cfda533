import type {
  ChannelEvent,
  ChannelInput,
  ChannelName,
  CommandInput,
  CommandName,
  CommandOutput,
  SignalName,
  SignalValue,
} from './contract.ts';
import type { ConnectionState } from './transports/control-transport.ts';

/**
 * What the window, the tray and the CLI hold. One client, three transports (Electron IPC, HTTP, in-memory), one
 * conformance suite. Failures are `AppError`s with a code of the catalogue.
 */
export interface ControlClient {
  command<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>>;
  /** Ends when the server ends it; aborting the signal cancels the work behind it and throws `cancelled`. */
  channel<Name extends ChannelName>(
    name: Name,
    input: ChannelInput<Name>,
    abort: AbortSignal,
  ): AsyncIterable<ChannelEvent<Name>>;
  /** Calls `listener` with the present value and then with each change; returns the unsubscribe function. */
  signal<Name extends SignalName>(name: Name, listener: (value: SignalValue<Name>) => void): () => void;
  /** Calls `listener` with the present state of the connection and then with each change. */
  onConnectionChange(listener: (state: ConnectionState) => void): () => void;
  close(): void;
}
