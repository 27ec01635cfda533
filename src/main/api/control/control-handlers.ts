import type {
  ChannelEvent,
  ChannelInput,
  ChannelName,
  CommandInput,
  CommandName,
  CommandOutput,
  SignalName,
  SignalValue,
} from '#shared/control/contract.ts';

/** A value that changes: what it is now, and when it changed. */
interface SignalSource<Value> {
  read(): Value;
  /** Calls `listener` after each change; returns the unsubscribe function. */
  onChange(listener: () => void): () => void;
}

type CommandHandler<Name extends CommandName> = (
  input: CommandInput<Name>,
) => CommandOutput<Name> | Promise<CommandOutput<Name>>;

/** Aborting, or leaving the loop, ends the work behind it. */
type ChannelHandler<Name extends ChannelName> = (
  input: ChannelInput<Name>,
  abort: AbortSignal,
) => AsyncIterable<ChannelEvent<Name>>;

/** The answers to one topic of the contract, for example to all that begin with `models.`. */
export interface TopicHandlers<
  Command extends CommandName = never,
  Channel extends ChannelName = never,
  Signal extends SignalName = never,
> {
  commands: { readonly [Name in Command]: CommandHandler<Name> };
  channels: { readonly [Name in Channel]: ChannelHandler<Name> };
  signals: { readonly [Name in Signal]: SignalSource<SignalValue<Name>> };
}

/** One answer for every name of the contract; the types make the list complete. */
export type ControlHandlers = TopicHandlers<CommandName, ChannelName, SignalName>;
