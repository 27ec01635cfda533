import { requireRunningServer } from '../attach.ts';
import type { CliCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';

/** Lets the user's browser into the UI. */
export const uiCommand: CliCommand = {
  name: 'ui',
  usage: 'ui',
  summary: 'Open the window of the running server in the browser',
  flags: { 'no-open': { help: 'Only print the address' } },
  positionals: { min: 0, max: 0 },
  prepare(given) {
    const home = given.text('home');
    const opens = !given.isSet('no-open');
    return async ({ environment, output }) => {
      const { client } = await requireRunningServer(environment.openHome(home), environment);
      const { url } = await client.command('server.openUi', {});
      client.close();
      output.result(`${url}\n`, { url });
      const isOpen = opens && !output.isJson && (await opened(environment.openInBrowser(url)));
      if (!isOpen && !output.isJson) output.note('Open this address within 60 seconds; it works once.');
      return exitCodes.ok;
    };
  },
};

/** False where there is no browser to open, for example without a display. */
async function opened(opening: Promise<void>): Promise<boolean> {
  return await opening.then(
    () => true,
    () => false,
  );
}
