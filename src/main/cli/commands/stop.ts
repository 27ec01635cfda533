import { AppError } from '#shared/errors/app-error.ts';
import { requireRunningServer } from '../attach.ts';
import type { CliHome } from '../cli-environment.ts';
import type { CliCommand, CommandWork } from '../command.ts';
import { exitCodes } from '../exit-code.ts';

/** The server drains for up to 5 s before it ends. */
const stopTimeoutMs = 15_000;

/** With a model: takes it out of memory. Without: ends the server and waits until it has gone. */
export const stopCommand: CliCommand = {
  name: 'stop',
  usage: 'stop [MODEL]',
  summary: 'Take a model out of memory, or end the server',
  flags: { force: { help: 'Also when requests run on the model: they are cancelled' } },
  positionals: { min: 0, max: 1 },
  prepare(given) {
    const [model] = given.positionals;
    const home = given.text('home');
    return model === undefined ? stopServer(home) : unloadModel(home, { model, force: given.isSet('force') });
  },
};

function unloadModel(home: string | undefined, input: { model: string; force: boolean }): CommandWork {
  return async ({ environment, output }) => {
    const { client } = await requireRunningServer(environment.openHome(home), environment);
    try {
      await client.command('models.unload', input);
      output.result(`${input.model} is out of memory.\n`, { unloaded: input.model });
      return exitCodes.ok;
    } finally {
      client.close();
    }
  };
}

function stopServer(homeFolder: string | undefined): CommandWork {
  return async ({ environment, output }) => {
    const home = environment.openHome(homeFolder);
    const { client, pid } = await requireRunningServer(home, environment);
    await client.command('server.shutdown', {});
    client.close();
    await waitUntilGone(home, pid);
    output.result('Impetus has stopped.\n', { stopped: true, pid });
    return exitCodes.ok;
  };
}

async function waitUntilGone(home: CliHome, pid: number): Promise<void> {
  const endsAt = performance.now() + stopTimeoutMs;
  while ((await home.findInstance())?.pid === pid) {
    if (performance.now() > endsAt) {
      throw new AppError('timeout', `Impetus (process ${pid}) did not end within ${stopTimeoutMs / 1000} s.`, {
        hint: `Look at its log in ${home.folder}, then end process ${pid} yourself.`,
        data: { pid },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
