import {
  channels,
  commands,
  isChannelName,
  isCommandName,
  isSignalName,
  signals,
  type ChannelName,
} from '#shared/control/contract.ts';
import { contractMismatch, invalidInput } from '#shared/control/contract-mismatch.ts';
import type { ControlEndpoint, Envelope } from '#shared/control/transports/control-transport.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import type { Logger } from '../../base/index.ts';
import { coalesce } from './coalesce.ts';
import type { ControlHandlers } from './control-handlers.ts';

export interface ControlRouterOptions {
  handlers: ControlHandlers;
  logger: Logger;
  /** Shortest time between two values of one signal, in ms. Default 250. */
  signalIntervalMs?: number;
}

interface RouterContext {
  handlers: ControlHandlers;
  logger: Logger;
  signalIntervalMs: number;
}

/**
 * The one place behind every transport: known name, input fits its schema, handler, output fits its schema. What a
 * handler throws becomes a wire error; what breaks the contract on our side is logged with the place in it.
 */
export function createControlRouter({
  handlers,
  logger,
  signalIntervalMs = 250,
}: ControlRouterOptions): ControlEndpoint {
  const context = { handlers, logger, signalIntervalMs };
  return {
    invoke: (name, input) => invoke(context, name, input),
    open(name, input, abort) {
      if (!isChannelName(name)) throw unknownName(name);
      const checked = channels[name].input.safeParse(input);
      if (!checked.success) throw invalidInput(name, checked.error);
      return readChannel(context, { name, input: checked.data, abort });
    },
    subscribe: (name, listener) => subscribe(context, name, listener),
  };
}

async function invoke({ handlers, logger }: RouterContext, name: string, input: unknown): Promise<Envelope> {
  try {
    if (!isCommandName(name)) throw unknownName(name);
    const checked = commands[name].input.safeParse(input);
    if (!checked.success) throw invalidInput(name, checked.error);
    const handler = handlers.commands[name] as (input: unknown) => unknown;
    const output = commands[name].output.safeParse(await handler(checked.data));
    if (!output.success) throw contractMismatch(name, output.error);
    return { ok: true, value: output.data };
  } catch (thrown) {
    return { ok: false, error: toLogged(logger, name, thrown).toWire() };
  }
}

async function* readChannel(
  { handlers, logger }: RouterContext,
  { name, input, abort }: { name: ChannelName; input: unknown; abort: AbortSignal },
): AsyncGenerator<unknown, void, undefined> {
  const handler = handlers.channels[name] as (input: unknown, abort: AbortSignal) => AsyncIterable<unknown>;
  try {
    for await (const value of handler(input, abort)) {
      const event = channels[name].event.safeParse(value);
      if (!event.success) throw contractMismatch(name, event.error);
      yield event.data;
    }
  } catch (thrown) {
    throw toLogged(logger, name, thrown);
  }
}

function subscribe(
  { handlers, logger, signalIntervalMs }: RouterContext,
  name: string,
  listener: (value: unknown) => void,
): () => void {
  if (!isSignalName(name)) throw unknownName(name);
  const source = handlers.signals[name];
  const { changed, stop } = coalesce(() => {
    const value = signals[name].value.safeParse(source.read());
    if (value.success) listener(value.data);
    else toLogged(logger, name, contractMismatch(name, value.error));
  }, signalIntervalMs);
  changed();
  const unsubscribe = source.onChange(changed);
  return () => {
    unsubscribe();
    stop();
  };
}

/** Faults of our own are logged as errors; expected failures and cancellation are not. */
function toLogged(logger: Logger, name: string, thrown: unknown): AppError {
  const error = toAppError(thrown);
  if (error.code === 'internal') logger.error({ control: name, err: thrown }, error.message);
  else if (error.code !== 'cancelled') logger.debug({ control: name, errorCode: error.code }, error.message);
  return error;
}

function unknownName(name: string): AppError {
  return new AppError('not-found', `The control contract knows no "${name.slice(0, 100)}".`, {
    hint: 'The window and the server may be of different versions: restart Impetus.',
  });
}
