import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import type { CliEnvironment } from './cli-environment.ts';
import { parseFor, type CliCommand, type CommandWork } from './command.ts';
import { importCommand } from './commands/import.ts';
import { lsCommand } from './commands/ls.ts';
import { psCommand } from './commands/ps.ts';
import { releaseCommand } from './commands/release.ts';
import { runCommand } from './commands/run.ts';
import { serveCommand } from './commands/serve.ts';
import { showCommand } from './commands/show.ts';
import { cacheCommand } from './commands/cache.ts';
import { stopCommand } from './commands/stop.ts';
import { uiCommand } from './commands/ui.ts';
import { exitCodes, toExitCode } from './exit-code.ts';
import { formatCommandHelp, formatHelp } from './help.ts';
import { findNearestWord } from './nearest-word.ts';
import { Output } from './output.ts';
import { usageError } from './parse-arguments.ts';

const commands: readonly CliCommand[] = [
  serveCommand,
  runCommand,
  lsCommand,
  showCommand,
  psCommand,
  stopCommand,
  cacheCommand,
  importCommand,
  releaseCommand,
  uiCommand,
];

/** Runs one command line and resolves to the exit code; never rejects. Nothing is done before all of it is understood. */
export async function runCli(environment: CliEnvironment): Promise<number> {
  const output = new Output(environment, environment.argv.includes('--json'));
  try {
    const work = prepare(environment);
    const exitCode = await work({ environment, output }).catch((thrown: unknown) => fail(output, toAppError(thrown)));
    await output.flush();
    return output.writeError ? fail(output, output.writeError) : exitCode;
  } catch (thrown) {
    output.error(toAppError(thrown));
    return exitCodes.usage;
  }
}

function fail(output: Output, error: AppError): number {
  if (error.code === 'cancelled' && output.lost.aborted) return exitCodes.ok;
  output.error(error);
  return toExitCode(error);
}

function prepare(environment: CliEnvironment): CommandWork {
  const [word, ...rest] = environment.argv;
  if (word === '--version' || word === '-v') return showVersion;
  const topic = word === 'help' ? rest.find((argument) => !argument.startsWith('-')) : word;
  if (topic === undefined || topic === '--help' || topic === '-h' || topic === '--json') return showHelp;
  const command = requireCommand(topic);
  const flagsEnd = rest.includes('--') ? rest.indexOf('--') : rest.length;
  const asksForHelp = rest.slice(0, flagsEnd).some((argument) => argument === '--help' || argument === '-h');
  if (word === 'help' || asksForHelp) return showCommandHelp(command);
  return command.prepare(parseFor(command, { argv: rest, environment: environment.environment }));
}

function requireCommand(word: string): CliCommand {
  const command = commands.find(({ name }) => name === word);
  if (command) return command;
  const names = commands.map(({ name }) => name);
  const nearest = findNearestWord(word, names);
  throw usageError(`There is no command "${word}".`, nearest === undefined ? {} : { nearest: [nearest] });
}

const showVersion: CommandWork = async ({ environment, output }) => {
  output.result(`${environment.version}\n`, { version: environment.version });
  return exitCodes.ok;
};

const showHelp: CommandWork = async ({ output }) => {
  const list = commands.map(({ name, usage, summary }) => ({ name, usage, summary }));
  output.result(formatHelp(commands), { commands: list });
  return exitCodes.ok;
};

function showCommandHelp(command: CliCommand): CommandWork {
  return async ({ output }) => {
    const { name, usage, summary, flags } = command;
    output.result(formatCommandHelp(command), { name, usage, summary, flags: Object.keys(flags) });
    return exitCodes.ok;
  };
}
