import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LaunchedShell } from '#scripts/test-rig/launch-shell.ts';
import { smolModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';
import { findRow, firstPage, realPage, runtime, startRig, type Rig } from './start-rig.ts';

const soon = { timeout: 30_000, interval: 100 };

describe.skipIf(runtime === undefined)('the shell attached to a real server with a real model', () => {
  let rig: Rig;
  let app: StartedApp;
  let shell: LaunchedShell;
  let page: Page;

  beforeAll(async () => {
    app = await startApp({ model: smolModelPath });
    rig = await startRig({ renderer: realPage });
    const token = (await readFile(app.paths.controlToken, 'utf8')).trim();
    shell = await rig.launch({ attachTo: app.url, token });
    page = await firstPage(shell);
  });
  afterAll(async () => {
    await rig.stop();
    await app.stop();
  });

  const untilRow = (label: string) => vi.waitFor(async () => findRow(await rig.desktop.menu(), label), soon);
  const ask = (body: object = { messages: [{ role: 'user', content: 'Say hi.' }], max_tokens: 4 }) =>
    fetch(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('shows the server and the model in memory, in the tray and in the window', async () => {
    await untilRow(`Ready · ${app.url}`);
    expect((await untilRow('In memory: ')).isEnabled).toBe(true);
    await page.getByText('Ready', { exact: true }).first().waitFor({ timeout: 15_000 });
    await page.getByText(app.url).first().waitFor({ timeout: 15_000 });
  });

  test('streams a real answer to the window over IPC', async () => {
    const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }];
    const overIpc = await page.evaluate(
      (asked) =>
        new Promise<string>((resolve, reject) => {
          let text = '';
          const prompt = { type: 'chat', messages: asked };
          const request = { prompt, sampling: { temperature: 0 }, maxTokens: 12, stops: [] };
          const { impetus } = window as unknown as {
            impetus: { subscribe(name: string, payload: unknown, listener: (message: unknown) => void): void };
          };
          impetus.subscribe('inference.chat', request, (raw) => {
            const { type, value, error } = raw as {
              type: string;
              value?: { type: string; text?: string };
              error?: { message: string };
            };
            if (type === 'error') reject(new Error(error?.message));
            if (value?.type === 'text-delta') text += value.text ?? '';
            if (type === 'end') resolve(text);
          });
        }),
      messages,
    );
    const { choices } = (await (await ask({ messages, max_tokens: 12, temperature: 0 })).json()) as {
      choices: { message: { content: string } }[];
    };
    expect(overIpc).not.toBe('');
    expect(choices[0]?.message.content).toBe(overIpc);
  });

  test('switches to another model, which then answers', async () => {
    const imported = await app.app.control.invoke('models.import', { path: tinyModelPath });
    expect(imported).toMatchObject({ ok: true });
    const { id } = (imported as { value: { id: string } }).value;
    await vi.waitFor(async () => {
      const models = findRow(await rig.desktop.menu(), 'Switch model').children;
      expect(models.filter(({ isChecked }) => isChecked === false)).toHaveLength(1);
    }, soon);
    const other = findRow(await rig.desktop.menu(), 'Switch model').children.find(
      ({ isChecked }) => isChecked === false,
    );
    if (!other) throw new Error('The menu lists no other model.');
    await rig.desktop.click(other);
    await untilRow('In memory: 2 models');
    await vi.waitFor(async () => {
      const listed = await app.app.control.invoke('settings.get', {});
      expect(listed).toMatchObject({ ok: true, value: { defaultModel: id } });
    }, soon);
    const { model } = (await (await ask()).json()) as { model: string };
    expect(model).toBe(id);
  });

  test('pauses the real server, which frees its memory and refuses requests, and resumes it', async () => {
    await rig.desktop.click(findRow(await rig.desktop.menu(), 'Pause serving'));
    await untilRow('Paused · ');
    await untilRow('No model in memory');
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after') !== null]).toEqual([503, true]);
    await rig.desktop.click(findRow(await rig.desktop.menu(), 'Resume serving'));
    await untilRow('Ready · ');
    expect((await ask()).status).toBe(200);
  });

  test('asks the server to end when it quits', async () => {
    await rig.desktop.click(findRow(await rig.desktop.menu(), 'Quit Impetus'));
    await app.shutdownAsked;
    await expect.poll(() => shell.main.exitCode, soon).toBe(0);
    expect(shell.errors()).toEqual([]);
  });
});
