import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FakeControl, makeLoadedState } from '#test/support/fake-control.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { verifies } from '#test/support/verifies.ts';
import { makeBusyHouse, makeQuietHouse } from './house.ts';

const renderer = useRenderer();
const size = { viewport: { width: 360, height: 640 } };

describe('the popover', () => {
  test('says the state, the address, what is in memory and what is left', async () => {
    const page = await renderer.open('popover', makeBusyHouse(), size);
    await page.getByRole('heading', { name: 'Busy' }).getByText('2 requests').waitFor();
    await page.getByText('http://127.0.0.1:11535/v1').waitFor();
    const loaded = page.getByRole('list', { name: 'Models in memory' }).getByRole('listitem');
    const texts = await loaded.allInnerTexts();
    expect(texts.map((text) => text.replaceAll('\u00a0', ' '))).toEqual([
      'SmolLM2-135M-Instruct\nQ4_1 · 290 MB · 2 requests',
      'Qwen3-0.6B\nQ8_0 · 900 MB · unloads in 22 min',
    ]);
    await page.getByText('12.2 GB free for models').waitFor();
    await page.getByRole('img', { name: 'Memory, 36.0 GB: Other apps 22.6 GB' }).waitFor();
  });

  test(
    'pauses and resumes serving, and follows the state live',
    verifies(['S3-43'], { breaks: 'src/renderer/features/tray-panel/panel-head.tsx#PanelHead' }, async () => {
      const control = makeQuietHouse();
      const page = await renderer.open('popover', control, size);
      await page.getByRole('heading', { name: 'Ready' }).waitFor();
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByRole('heading', { name: 'Paused' }).getByText('clients get 503').waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.getByRole('heading', { name: 'Ready' }).waitFor();
      expect(control.asked.map(({ name }) => name).filter((name) => name.startsWith('server.'))).toEqual([
        'server.pause',
        'server.resume',
      ]);
      control.setServer({ phase: 'busy', activeRequests: 1 });
      await page.getByRole('heading', { name: 'Busy' }).getByText('1 request').waitFor();
    }),
  );

  test('shows the live rate while something runs, and none before', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('popover', control, size);
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(await page.getByText('tok/s').count()).toBe(0);
    control.setServer({ phase: 'busy', activeRequests: 1, tokensPerSecond: 44.2 });
    await page.getByText('44 tok/s').waitFor();
    control.setServer({ phase: 'ready', activeRequests: 0, tokensPerSecond: 44.2 });
    await page.getByText('0 tok/s', { exact: true }).waitFor();
  });

  test('puts the base URL on the clipboard and says so', async () => {
    const page = await renderer.open('popover', makeQuietHouse(), {
      ...size,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Copy base URL' }).click();
    await page.getByRole('status').getByText('Base URL copied').waitFor({ state: 'attached' });
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('http://127.0.0.1:11535/v1');
  });

  test('loads with progress, unloads, and says why a load failed', async () => {
    const control = makeBusyHouse();
    const page = await renderer.open('popover', control, size);
    const progress = page.getByRole('progressbar', { name: 'Loading Qwen3-Coder-30B' });
    expect(await progress.getAttribute('aria-valuetext')).toBe('61 percent');
    control.setModelState('qwen3-coder-30b.q4_k_m', { state: 'loading', progress: 0.8 });
    await page.getByText('80 %').waitFor();
    control.setModelState('qwen3-coder-30b.q4_k_m', makeLoadedState());
    await page.getByRole('button', { name: 'Load Gemma-3-12B-it, 7.3 GB' }).click();
    await page.getByRole('button', { name: 'Unload Gemma-3-12B-it, frees 290 MB' }).click();
    await expect
      .poll(() => control.asked.map(({ name }) => name).filter((name) => name.startsWith('models.')))
      .toEqual(['models.load', 'models.unload']);
    control.setModels(control.models.slice(-1));
    await page.getByText('Big-70B needs 44.1 GB, 31.9 GB short.').waitFor();
  });

  test('is used by keys alone: rows by arrows, Backspace unloads, letters filter, Escape hides', async () => {
    const control = makeBusyHouse();
    const page = await renderer.open('popover', control, size);
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Pause');
    await page.getByRole('button', { name: 'Chat with SmolLM2-135M-Instruct' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Backspace');
    await expect
      .poll(() => control.asked.filter(({ name }) => name === 'models.unload'))
      .toEqual([{ name: 'models.unload', input: { model: 'qwen3-0.6b.q8_0' } }]);
    await page.keyboard.type('phi');
    await page.getByRole('searchbox', { name: 'Filter models' }).waitFor();
    await page.getByRole('button', { name: /^Load Phi-4-mini-instruct/ }).waitFor();
    expect(await page.getByRole('button', { name: /^Load / }).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    // The panel may tell its new height after that.
    await expect.poll(() => control.asked.map(({ name }) => name)).toContain('shell.hidePopover');
  });

  test('opens pages of the window and leaves the question before quitting to the shell', async () => {
    const control = makeBusyHouse();
    const page = await renderer.open('popover', control, size);
    await page.getByRole('button', { name: 'Open Impetus' }).click();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Quit Impetus' }).click();
    await expect
      .poll(() => control.asked.filter(({ name }) => name !== 'shell.resizePopover'))
      .toEqual([
        { name: 'shell.openWindow', input: { page: 'home' } },
        { name: 'shell.openWindow', input: { page: 'settings' } },
        { name: 'shell.quit', input: {} },
      ]);
  });

  test('tells its window how high it is', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('popover', control, size);
    await page.getByText('free for models').waitFor();
    const height = await page.evaluate<number>(`document.querySelector('.panel').offsetHeight`);
    await expect
      .poll(() => control.asked.filter(({ name }) => name === 'shell.resizePopover').at(-1)?.input)
      .toEqual({ height });
    expect(height).toBeGreaterThan(200);
    expect(height).toBeLessThan(640);
  });

  test('a machine without models is told what to do', async () => {
    const page = await renderer.open('popover', new FakeControl(), size);
    await page.getByRole('heading', { name: 'No models yet' }).waitFor();
    await page.getByRole('button', { name: 'Import a file' }).waitFor();
  });

  test('a problem takes the place of the rate', async () => {
    const control = makeBusyHouse();
    control.setServer({ phase: 'problem', problem: 'Port 11535 is in use.' });
    const page = await renderer.open('popover', control, size);
    await page.getByRole('alert').getByText('Port 11535 is in use.').waitFor();
    expect(await page.getByText('tok/s').count()).toBe(0);
  });

  test('everything it loads is at most 350 KB packed', async () => {
    const page = await renderer.open('popover', makeQuietHouse(), size);
    await page.getByText('free for models').waitFor();
    const urls = await page.evaluate<string[]>(`performance.getEntriesByType('resource').map(({ name }) => name)`);
    const folder = path.resolve(import.meta.dirname, '../../dist/renderer');
    const loaded = urls.map((url) => new URL(url).pathname.slice(1));
    const all = await readdir(path.join(folder, 'assets'));
    expect(loaded.length).toBeLessThan(all.length);
    let bytes = 0;
    for (const name of loaded) bytes += gzipSync(await readFile(path.join(folder, name))).byteLength;
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(350 * 1024);
  });
});
