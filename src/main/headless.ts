import { toAppError } from '#shared/errors/app-error.ts';
import { parseServeOptions, toExitCode } from './cli/index.ts';
import { startHeadless } from './start-headless.ts';

/** The headless entry: what `npm start` runs without a display, with the flags of `impetus serve`. */
async function main(): Promise<number> {
  try {
    return await startHeadless(parseServeOptions({ argv: process.argv.slice(2), environment: process.env }));
  } catch (thrown) {
    const error = toAppError(thrown);
    process.stderr.write(`${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}\n`);
    return toExitCode(error);
  }
}

process.exitCode = await main();
