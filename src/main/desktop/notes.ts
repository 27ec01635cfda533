import { dialog, Notification } from 'electron';
import { toAppError } from '#shared/errors/app-error.ts';
import type { WindowStateFile } from './window-state.ts';

/** An action of the user that failed: what happened and what to do next. Cancelling is no failure. */
export async function showProblem(thrown: unknown): Promise<void> {
  const { code, message, hint } = toAppError(thrown);
  if (code === 'cancelled') return;
  await dialog.showMessageBox({ type: 'error', message, detail: [hint, `(${code})`].filter(Boolean).join('\n') });
}

const missingTray =
  'Your desktop shows no tray icons. Impetus keeps running when you close this window; open it again from the app grid.';

/** Said once, where a tray icon would never be seen. */
export async function tellAboutMissingTray(state: WindowStateFile): Promise<void> {
  if (state.get().toldAboutMissingTray) return;
  await state.update({ toldAboutMissingTray: true });
  if (Notification.isSupported()) new Notification({ title: 'Impetus', body: missingTray }).show();
  else await dialog.showMessageBox({ type: 'info', message: missingTray, buttons: ['OK'] });
}
