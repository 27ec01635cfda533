import type { CliCommand } from './command.ts';
import { commonFlags, type Flags } from './flags.ts';
import { formatRows } from './format.ts';

/** The help of the whole program. */
export function formatHelp(commands: readonly CliCommand[]): string {
  const rows = commands.map(({ usage, summary }) => [`  ${usage}`, summary]);
  return [
    'Impetus: a local AI server that speaks the OpenAI API.\n\n',
    'Usage: impetus COMMAND\n\n',
    formatRows(rows),
    '\nFlags of every command:\n',
    formatRows(toRows(commonFlags)),
    '\n`impetus COMMAND --help` shows the flags of one command.\n',
    'Exit codes: 0 ok, 1 failed, 2 usage, 3 no server or port busy, 4 unknown model, 130 interrupted.\n',
  ].join('');
}

/** The help of one command. */
export function formatCommandHelp({ usage, summary, flags }: CliCommand): string {
  const own = toRows(flags);
  return [
    `${summary}\n\n`,
    `Usage: impetus ${usage}\n\n`,
    own.length > 0 ? `Flags:\n${formatRows(own)}\n` : '',
    `Flags of every command:\n${formatRows(toRows(commonFlags))}`,
  ].join('');
}

function toRows(flags: Flags): string[][] {
  return Object.entries(flags)
    .filter(([, { isHidden }]) => !isHidden)
    .map(([name, { value, help, environment }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}`,
      environment === undefined ? help : `${help} [${environment}]`,
    ]);
}
