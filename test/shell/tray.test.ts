import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LaunchedShell } from '#scripts/test-rig/launch-shell.ts';
import { verifies } from '#test/support/verifies.ts';
import { findRow, firstPage, processesOf, runtime, startRig, type Rig } from './start-rig.ts';

const soon = { timeout: 15_000, interval: 50 };

describe.skipIf(runtime === undefined)('the tray on a desktop that shows tray icons', () => {
  let rig: Rig;
  let shell: LaunchedShell;

  beforeAll(async () => {
    rig = await startRig();
    shell = await rig.launch({ arguments_: ['--no-open'] });
    await vi.waitUntil(() => rig.desktop.iconCount > 0, soon);
    await untilRow('Ready · ');
  });
  afterAll(() => rig.stop());

  async function click(label: string): Promise<void> {
    await rig.desktop.click(findRow(await rig.desktop.menu(), label));
  }

  async function untilRow(label: string): Promise<void> {
    await vi.waitFor(async () => findRow(await rig.desktop.menu(), label), soon);
  }

  test('registers an icon whose name says what the server does', async () => {
    const properties = await rig.desktop.iconProperties();
    expect(properties['ToolTip']).toEqual(['', [], 'Impetus: ready, 127.0.0.1:11535', '']);
    const [[width, height, pixels]] = properties['IconPixmap'] as [[number, number, Buffer]];
    expect([width, height]).toEqual([44, 44]);
    expect(pixels.some((byte) => byte !== 0)).toBe(true);
  });

  test('draws the menu of the running server', async () => {
    const rows = await rig.desktop.menu();
    expect(rows.map(({ label, isEnabled }) => [label, isEnabled])).toEqual([
      ['Ready · http://127.0.0.1:11535', true],
      ['Pause serving, frees the memory', true],
      ['', true],
      ['No model in memory', false],
      ['Switch model', true],
      ['Unload all', false],
      ['', true],
      ['Open Impetus', true],
      ['Chat…', true],
      ['Copy base URL', true],
      ['Troubleshoot', true],
      ['', true],
      ['Close this menu, keep serving', true],
      ['Quit Impetus', true],
    ]);
    const models = findRow(rows, 'Switch model').children;
    expect(models.map(({ label, isChecked }) => [label, isChecked])).toEqual([
      ['alpha · Q4_1', true],
      ['beta · Q4_1', false],
      ['', undefined],
      ['All models…', undefined],
    ]);
  });

  test(
    'follows the state of the server in label, name and drawing',
    verifies(['S3-44'], { breaks: 'src/main/desktop/server-view.ts#followServer' }, async () => {
      const before = await rig.desktop.iconProperties();
      rig.server.setPhase('busy');
      await untilRow('Busy · http://127.0.0.1:11535');
      const busy = await rig.desktop.iconProperties();
      expect(busy['ToolTip']).toEqual(['', [], 'Impetus: busy, 127.0.0.1:11535', '']);
      expect(busy['IconPixmap']).not.toEqual(before['IconPixmap']);
      rig.server.setPhase('ready');
      await untilRow('Ready · http://127.0.0.1:11535');
      expect((await rig.desktop.iconProperties())['IconPixmap']).toEqual(before['IconPixmap']);
    }),
  );

  test('pauses and resumes the server', async () => {
    await click('Pause serving');
    await vi.waitUntil(() => rig.server.phase === 'paused', soon);
    await untilRow('Paused · ');
    expect(findRow(await rig.desktop.menu(), 'Switch model (paused)').isEnabled).toBe(false);
    await click('Resume serving');
    await vi.waitUntil(() => rig.server.phase === 'ready', soon);
    await untilRow('Pause serving');
  });

  test(
    'switches the model: the chosen one is loaded and answers from now on',
    verifies(['S3-45'], { breaks: 'src/main/desktop/tray-actions.ts#runTrayAction' }, async () => {
      const [, beta] = findRow(await rig.desktop.menu(), 'Switch model').children;
      if (!beta) throw new Error('The menu lists one model only.');
      await rig.desktop.click(beta);
      await vi.waitUntil(() => rig.server.currentSettings.defaultModel === 'beta', soon);
      expect(rig.server.states.get('beta')).toMatchObject({ state: 'loaded' });
      await untilRow('In memory: beta · 300 MB');
      await vi.waitFor(async () => {
        const models = findRow(await rig.desktop.menu(), 'Switch model').children;
        expect(models.slice(0, 2).map(({ isChecked }) => isChecked)).toEqual([false, true]);
      }, soon);
    }),
  );

  test('unloads what is in memory and says how much that frees', async () => {
    await rig.server.scheduler.load({ model: { id: 'alpha' } } as Parameters<typeof rig.server.scheduler.load>[0]);
    await untilRow('In memory: 2 models · 600 MB');
    await click('Unload all, frees 600 MB');
    await untilRow('No model in memory');
    expect([...rig.server.states.values()]).toEqual([{ state: 'unloaded' }, { state: 'unloaded' }]);
  });

  test('copies the base URL that an OpenAI client wants', async () => {
    await click('Copy base URL');
    await vi.waitFor(async () => {
      expect(await shell.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('http://127.0.0.1:11535/v1');
    }, soon);
  });

  test('opens the window on a left click, because Linux does not say where the icon is', async () => {
    expect(shell.app.windows()).toHaveLength(0);
    await rig.desktop.activate();
    const page = await firstPage(shell);
    expect(page.url()).toBe('impetus-app://ui/index.html#/');
    await expect.poll(() => page.textContent('#phase')).toBe('ready');
  });

  test('opens the window at the page of the row', async () => {
    await click('Chat…');
    const page = await firstPage(shell);
    await expect.poll(() => page.url()).toBe('impetus-app://ui/index.html#/chat');
  });

  test('says that the server is gone, and follows it again when it is back', async () => {
    await rig.stopServer();
    await untilRow('Impetus is not answering');
    expect(findRow(await rig.desktop.menu(), 'Pause serving').isEnabled).toBe(false);
    await rig.restartServer();
    await vi.waitFor(async () => findRow(await rig.desktop.menu(), 'Ready · '), { timeout: 15_000, interval: 100 });
  });

  test('goes on when a mistake of its own is not caught, and writes it down', async () => {
    await shell.app.evaluate(() => {
      setTimeout(() => {
        throw new Error('nobody catches this');
      });
      void Promise.reject(new Error('nobody hears this'));
    });
    await vi.waitFor(() => {
      expect(shell.errors().filter((line) => line.includes('nobody '))).toHaveLength(2);
    }, soon);
    expect(findRow(await rig.desktop.menu(), 'Ready · ').isEnabled).toBe(true);
    expect(shell.main.exitCode).toBeNull();
  });

  test('closes without stopping a server that was there before', async () => {
    const leaving = await rig.launch({ arguments_: ['--no-open'] });
    await vi.waitUntil(() => rig.desktop.iconCount === 2, soon);
    await vi.waitFor(async () => findRow(await rig.desktop.menu(), 'Ready · '), soon);
    await click('Close this menu, keep serving');
    await expect.poll(() => leaving.main.exitCode, soon).toBe(0);
    expect(rig.server.shutdowns).toBe(0);
  });

  test('reports no problem of its own in all of this', () => {
    expect(shell.errors().filter((line) => !line.includes('nobody '))).toEqual([]);
  });
});

describe.skipIf(runtime === undefined)('the end of the app', () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.stop());

  test('Quit stops the server and leaves no process behind', async () => {
    const shell = await rig.launch();
    await firstPage(shell);
    await vi.waitFor(async () => findRow(await rig.desktop.menu(), 'Ready · '), soon);
    expect((await processesOf(rig.electron.executable)).length).toBeGreaterThan(2);
    await rig.desktop.click(findRow(await rig.desktop.menu(), 'Quit Impetus'));
    await expect.poll(() => shell.main.exitCode, soon).toBe(0);
    expect(rig.server.shutdowns).toBe(1);
    await expect.poll(() => processesOf(rig.electron.executable), soon).toEqual([]);
  });

  test('SIGTERM closes the shell, leaves no process behind and an attached server running', async () => {
    const shutdownsBefore = rig.server.shutdowns;
    const shell = await rig.launch();
    await firstPage(shell);
    shell.main.kill('SIGTERM');
    await expect.poll(() => shell.main.exitCode, soon).toBe(0);
    await expect.poll(() => processesOf(rig.electron.executable), soon).toEqual([]);
    expect(rig.server.shutdowns).toBe(shutdownsBefore);
  });
});
