import { dialog, shell } from 'electron';
import { judgeLink } from './links.ts';

/**
 * The one way from the app to the user's browser or mail program. Only https and mailto; addresses whose host is not
 * known are shown and asked about first, one at a time. `ownServer` names our server, whose pages open without asking.
 */
export function createLinkOpener(ownServer: () => string | undefined): (raw: string) => Promise<void> {
  let isAsking = false;
  return async (raw) => {
    const link = judgeLink(raw, ownServer());
    if (link.verdict === 'refuse' || isAsking) return;
    if (link.verdict === 'ask') {
      isAsking = true;
      const agreed = await askToOpen(link.url).finally(() => (isAsking = false));
      if (!agreed) return;
    }
    await shell.openExternal(link.url);
  };
}

async function askToOpen(url: string): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: 'Open this address outside Impetus?',
    detail: url,
    buttons: ['Open', 'Cancel'],
    defaultId: 1,
    cancelId: 1,
  });
  return response === 0;
}
