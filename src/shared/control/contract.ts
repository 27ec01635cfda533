import type { z } from 'zod';
import { cacheCommands } from './contracts/cache.contract.ts';
import { inferenceChannels } from './contracts/inference.contract.ts';
import { logChannels, logCommands } from './contracts/logs.contract.ts';
import { modelCommands, modelSignals } from './contracts/models.contract.ts';
import { passportChannels } from './contracts/passports.contract.ts';
import { serverCommands, serverSignals } from './contracts/server.contract.ts';
import { settingsCommands, settingsSignals } from './contracts/settings.contract.ts';
import { shellCommands } from './contracts/shell.contract.ts';

/** The control contract: every command, channel and signal that the window, the tray and the CLI may use. */
export const commands = {
  ...serverCommands,
  ...modelCommands,
  ...settingsCommands,
  ...cacheCommands,
  ...logCommands,
  ...shellCommands,
} as const;
export const channels = { ...inferenceChannels, ...logChannels, ...passportChannels } as const;
export const signals = { ...serverSignals, ...modelSignals, ...settingsSignals } as const;

export type CommandName = keyof typeof commands;
export type ChannelName = keyof typeof channels;
export type SignalName = keyof typeof signals;

export type CommandInput<Name extends CommandName> = z.infer<(typeof commands)[Name]['input']>;
export type CommandOutput<Name extends CommandName> = z.infer<(typeof commands)[Name]['output']>;
export type ChannelInput<Name extends ChannelName> = z.infer<(typeof channels)[Name]['input']>;
export type ChannelEvent<Name extends ChannelName> = z.infer<(typeof channels)[Name]['event']>;
export type SignalValue<Name extends SignalName> = z.infer<(typeof signals)[Name]['value']>;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

export function isChannelName(name: string): name is ChannelName {
  return Object.hasOwn(channels, name);
}

export function isSignalName(name: string): name is SignalName {
  return Object.hasOwn(signals, name);
}
