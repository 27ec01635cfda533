import { AppError, toAppError } from '../errors/app-error.ts';
import type { ControlClient } from './client.ts';
import { contractMismatch } from './contract-mismatch.ts';
import {
  channels,
  commands,
  signals,
  type ChannelEvent,
  type ChannelInput,
  type ChannelName,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  type SignalValue,
} from './contract.ts';
import type { ControlTransport } from './transports/control-transport.ts';
import { cancelled } from './transports/iterate-messages.ts';

export interface ControlClientOptions {
  /**
   * Told about every answer, event and value that breaks the contract, with the place in it: write it to a log. A
   * command or channel throws it as well; a signal keeps its last good value.
   */
  report?: (problem: AppError) => void;
}

/** The contract's client over any transport: everything that comes back is checked by the contract's schemas. */
export function createControlClient(transport: ControlTransport, options: ControlClientOptions = {}): ControlClient {
  const report = options.report ?? (() => undefined);
  return {
    command: (name, input) => runCommand({ transport, report }, name, input),
    channel: (name, input, abort) => readChannel({ transport, report, abort }, name, input),
    signal(name, listener) {
      const { value: schema } = signals[name];
      return transport.subscribe(name, (raw) => {
        const value = schema.safeParse(raw);
        if (value.success) listener(value.data as SignalValue<typeof name>);
        else report(contractMismatch(name, value.error));
      });
    },
    onConnectionChange: (listener) => transport.onConnectionChange(listener),
    close: () => transport.close(),
  };
}

interface CallContext {
  transport: ControlTransport;
  report: (problem: AppError) => void;
}

async function runCommand<Name extends CommandName>(
  { transport, report }: CallContext,
  name: Name,
  input: CommandInput<Name>,
): Promise<CommandOutput<Name>> {
  const envelope = await transport.invoke(name, input);
  if (!envelope.ok) throw AppError.fromWire(envelope.error);
  const output = commands[name].output.safeParse(envelope.value);
  if (output.success) return output.data as CommandOutput<Name>;
  throw reported(report, contractMismatch(name, output.error));
}

async function* readChannel<Name extends ChannelName>(
  { transport, report, abort }: CallContext & { abort: AbortSignal },
  name: Name,
  input: ChannelInput<Name>,
): AsyncGenerator<ChannelEvent<Name>, void, undefined> {
  if (abort.aborted) throw cancelled();
  try {
    for await (const raw of transport.open(name, input, abort)) {
      const event = channels[name].event.safeParse(raw);
      if (!event.success) throw reported(report, contractMismatch(name, event.error));
      yield event.data as ChannelEvent<Name>;
    }
  } catch (error) {
    throw abort.aborted ? cancelled() : toAppError(error);
  }
}

function reported(report: (problem: AppError) => void, problem: AppError): AppError {
  report(problem);
  return problem;
}
