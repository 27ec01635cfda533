import type { ControlClient } from '#shared/control/client.ts';
import type { TrayAction } from './tray-menu.ts';

/** What only Electron can do for a row of the tray menu. */
export interface TrayHands {
  copy(text: string): void;
  openWindow(page: string): void;
  openLink(url: string): Promise<void>;
  openLogs(): Promise<void>;
  detach(): void;
  quit(): Promise<void>;
}

/** Carries out a row through the same commands that window and CLI use. Errors are the caller's to show. */
export async function runTrayAction(action: TrayAction, client: ControlClient, hands: TrayHands): Promise<void> {
  switch (action.do) {
    case 'copy':
      return hands.copy(action.text);
    case 'pause':
      return void (await client.command('server.pause', {}));
    case 'resume':
      return void (await client.command('server.resume', {}));
    case 'switch':
      return switchModel(action.model, client);
    case 'unload':
      for (const model of action.models) await client.command('models.unload', { model });
      return;
    case 'open-window':
      return hands.openWindow(action.page);
    case 'open-browser':
      return hands.openLink((await client.command('server.openUi', {})).url);
    case 'open-logs':
      return hands.openLogs();
    case 'detach':
      return hands.detach();
    case 'quit':
      return hands.quit();
  }
}

/** Loaded first, default then: a model that does not load never becomes the one that answers. */
async function switchModel(model: string, client: ControlClient): Promise<void> {
  await client.command('models.load', { model });
  await client.command('models.setDefault', { model });
}
