import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LaunchedShell } from '#scripts/test-rig/launch-shell.ts';
import { verifies } from '#test/support/verifies.ts';
import { findRow, firstPage, realPage, runtime, startRig, type Rig } from './start-rig.ts';

const soon = { timeout: 15_000, interval: 50 };

describe.skipIf(runtime === undefined)('the built interface in the shell', () => {
  let rig: Rig;
  let shell: LaunchedShell;
  let page: Page;
  const refusals: string[] = [];

  beforeAll(async () => {
    rig = await startRig({ renderer: realPage });
    shell = await rig.launch();
    page = await firstPage(shell);
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) refusals.push(message.text());
    });
    await page.reload();
  });
  afterAll(() => rig.stop());

  test('shows the state and the address of the server, over IPC', async () => {
    await page.getByText('Ready', { exact: true }).first().waitFor({ timeout: 10_000 });
    await page.getByText('http://127.0.0.1:11535').first().waitFor({ timeout: 15_000 });
  });

  test(
    'stops the server from the tray and starts it from the window, and back',
    verifies(['S3-43'], { breaks: 'src/main/desktop/control-relay.ts#createControlRelay' }, async () => {
      await rig.desktop.click(findRow(await rig.desktop.menu(), 'Pause serving'));
      await page.getByText('Paused', { exact: true }).first().waitFor({ timeout: 15_000 });
      await page.getByRole('button', { name: 'Resume' }).first().click();
      await vi.waitUntil(() => rig.server.phase === 'ready', soon);
      await vi.waitFor(async () => findRow(await rig.desktop.menu(), 'Ready · '), soon);
      await page
        .getByRole('button', { name: /^Pause/ })
        .first()
        .click();
      await vi.waitUntil(() => rig.server.phase === 'paused', soon);
      await vi.waitFor(async () => findRow(await rig.desktop.menu(), 'Paused · '), soon);
      await rig.desktop.click(findRow(await rig.desktop.menu(), 'Resume serving'));
      await page.getByText('Ready', { exact: true }).first().waitFor({ timeout: 15_000 });
    }),
  );

  test('draws the popover page for the same state', async () => {
    await shell.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.loadURL('impetus-app://ui/index.html#/popover'),
    );
    await page.getByText('Ready', { exact: true }).first().waitFor({ timeout: 15_000 });
    await page
      .getByRole('button', { name: /^Pause/ })
      .first()
      .waitFor({ timeout: 15_000 });
  });

  test('breaks the content security policy nowhere', () => {
    expect(shell.errors()).toEqual([]);
    expect(refusals).toEqual([]);
  });
});
