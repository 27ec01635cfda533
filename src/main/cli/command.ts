import type { CliEnvironment } from './cli-environment.ts';
import { commonFlags, type Flags } from './flags.ts';
import type { Output } from './output.ts';
import { parseArguments, type Given, type GivenArguments } from './parse-arguments.ts';

export interface CommandContext {
  environment: CliEnvironment;
  output: Output;
}

/** What a prepared command does; resolves to the exit code. */
export type CommandWork = (context: CommandContext) => Promise<number>;

/** One word of the command line. */
export interface CliCommand {
  name: string;
  /** Behind `impetus`, for example `run MODEL [PROMPT]`. */
  usage: string;
  summary: string;
  /** Beside the common ones. */
  flags: Flags;
  positionals: { min: number; max: number };
  /** Reads the arguments, all faults in them included, before anything is done. */
  prepare(given: GivenArguments): CommandWork;
}

/** The arguments by the rules of this command. Errors: `invalid-request`. */
export function parseFor({ flags, positionals, usage }: CliCommand, given: Given): GivenArguments {
  return parseArguments(given, { flags: { ...commonFlags, ...flags }, positionals, usage: `impetus ${usage}` });
}
