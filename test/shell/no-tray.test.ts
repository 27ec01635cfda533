import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { firstPage, runtime, startRig, type Rig } from './start-rig.ts';

const soon = { timeout: 15_000, interval: 50 };

describe.skipIf(runtime === undefined)('a desktop that shows no tray icons (stock GNOME)', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig({ hasTray: false });
  });
  afterAll(() => rig.stop());

  test('opens the window even when asked not to, and says once that closing it stops nothing', async () => {
    const home = await rig.electron.makeFolder('home');
    const first = await rig.launch({ home, arguments_: ['--no-open'], windowState: { toldAboutClosing: true } });
    expect((await firstPage(first)).url()).toBe('impetus-app://ui/index.html#/');
    await vi.waitUntil(() => rig.desktop.notifications.length > 0, soon);
    expect(rig.desktop.notifications).toEqual([
      {
        title: 'Impetus',
        body: 'Your desktop shows no tray icons. Impetus keeps running when you close this window; open it again from the app grid.',
      },
    ]);
    const told = await first.app.evaluate(({ app }) => app.getPath('userData'));
    await first.close();

    const second = await rig.launch({ home, arguments_: ['--no-open'], windowState: 'keep' });
    await firstPage(second);
    expect(await second.app.evaluate(({ app }) => app.getPath('userData'))).toBe(told);
    expect(rig.desktop.notifications).toHaveLength(1);
    await second.close();
  });

  test('goes on when its window is closed, and comes back when it is started again', async () => {
    const shell = await rig.launch();
    await firstPage(shell);
    await shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    const isVisible = () => shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
    await expect.poll(isVisible, soon).toBe(false);
    await shell.app.evaluate(({ app }) => app.emit('second-instance', {}, [], ''));
    await expect.poll(isVisible, soon).toBe(true);
    expect(shell.main.exitCode).toBeNull();
  });
});
