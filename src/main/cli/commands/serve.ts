import { findRunningServer } from '../attach.ts';
import type { CliCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { serveFlags } from '../flags.ts';
import { toServeOptions } from '../serve-options.ts';

/** Serves until it is ended. One that runs with the same home is named instead of fought. */
export const serveCommand: CliCommand = {
  name: 'serve',
  usage: 'serve [FLAGS]',
  summary: 'Start the server without tray and window',
  flags: serveFlags,
  positionals: { min: 0, max: 0 },
  prepare(given) {
    const options = toServeOptions(given);
    return async ({ environment, output }) => {
      const running = await findRunningServer(environment.openHome(options.home), environment);
      if (!running) return await environment.startHeadless(options);
      running.client.close();
      output.result(`Impetus is ready at ${running.baseUrl}\n`, {
        url: running.baseUrl,
        pid: running.pid,
        alreadyRunning: true,
      });
      return exitCodes.ok;
    };
  },
};
