import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import { exitCodes, parseServeOptions, toExitCode, type ServeOptions } from './cli/index.ts';
import { startHeadless } from './start-headless.ts';

/** The headless entry: what `npm start` runs without a display, with the flags of `impetus serve`. */
async function main(): Promise<number> {
  let options: ServeOptions;
  try {
    options = parseServeOptions({ argv: process.argv.slice(2), environment: process.env });
  } catch (thrown) {
    say(toAppError(thrown));
    return exitCodes.usage;
  }
  try {
    return await startHeadless(options);
  } catch (thrown) {
    const error = toAppError(thrown);
    say(error);
    return toExitCode(error);
  }
}

function say({ message, hint }: AppError): void {
  process.stderr.write(`${message}${hint === undefined ? '' : ` ${hint}`}\n`);
}

process.exitCode = await main();
