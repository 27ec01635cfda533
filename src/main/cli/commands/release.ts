import { requireRunningServer } from '../attach.ts';
import type { CliCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';

/** A file that crashed the engine again and again is set aside; this gives it another try. */
export const releaseCommand: CliCommand = {
  name: 'release',
  usage: 'release MODEL',
  summary: 'Give a model another try that was set aside after crashes',
  flags: {},
  positionals: { min: 1, max: 1 },
  prepare(given) {
    const [model = ''] = given.positionals;
    const home = given.text('home');
    return async ({ environment, output }) => {
      const { client } = await requireRunningServer(environment.openHome(home), environment);
      try {
        const { id, trust } = await client.command('models.release', { model });
        output.result(`${id} may be loaded again.\n`, { id, trust });
        return exitCodes.ok;
      } finally {
        client.close();
      }
    };
  },
};
