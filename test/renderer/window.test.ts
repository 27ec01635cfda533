import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { makeBusyHouse, makeQuietHouse } from './house.ts';

const renderer = useRenderer();

describe('home', () => {
  test('gives the address and what the server does', async () => {
    const page = await renderer.open('home', makeBusyHouse());
    await page.getByText('2 requests running · 2 models in memory · up 4 h 12 min').waitFor();
    await page.getByText('http://127.0.0.1:11535/v1', { exact: true }).waitFor();
    await page.getByText('12.2 GB of 36.0 GB free for models').waitFor();
    await page.getByText('2 requests in 4 slots').waitFor();
  });

  test('an idle server shows the request that makes it work', async () => {
    const page = await renderer.open('home', makeQuietHouse());
    await page.getByText('No requests. Try it:').waitFor();
    await page.getByText('"model":"smollm2-135m-instruct.q4_1"').waitFor();
  });

  test('a paused server says what clients get, and resumes', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('home', control);
    await page.getByRole('button', { name: 'Pause serving' }).click();
    await page.getByText('Clients get 503 with Retry-After.').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause serving' }).waitFor();
  });

  test('a command that fails is explained in its place', async () => {
    const control = makeQuietHouse();
    control.handlers['server.pause'] = async () => {
      throw new AppError('shutting-down', 'Impetus is stopping.', { hint: 'Start it again.' });
    };
    const page = await renderer.open('home', control);
    await page.getByRole('button', { name: 'Pause serving' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('Impetus is stopping.').waitFor();
    await alert.getByText('Start it again.').waitFor();
    await alert.getByRole('button', { name: 'Dismiss this error' }).click();
    await alert.waitFor({ state: 'detached' });
  });
});

describe('logs', () => {
  const entry = (number: number): LogEntry => ({
    time: new Date(Date.parse('2026-11-21T11:42:00.000Z') + number).toISOString(),
    level: number % 10 === 0 ? 'warn' : 'info',
    room: 'api',
    message: `line ${number}`,
    fields: { number },
  });

  test('show lines as they are written, filtered by level and text, and hold them back when paused', async () => {
    const control = makeBusyHouse();
    const page = await renderer.open('logs', control);
    await page.getByText('memory is short').waitFor();
    control.log(entry(1));
    await page.getByText('line 1').waitFor();
    await page.getByRole('combobox', { name: 'Level' }).selectOption('warn');
    await expect.poll(() => page.locator('.log-row').count()).toBe(2);
    await page.getByRole('combobox', { name: 'Level' }).selectOption('all');
    await page.getByRole('searchbox', { name: 'Filter' }).fill('r1');
    await expect.poll(() => page.locator('.log-row').count()).toBe(1);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('');
    await page.getByRole('button', { name: 'Pause' }).click();
    control.log(entry(2), entry(3));
    await page.getByText('paused, 2 new lines').waitFor();
    expect(await page.getByText('line 3').count()).toBe(0);
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByText('line 3').waitFor();
    await page.getByText('line 3').click();
    await page.getByRole('region', { name: 'Fields of the line' }).getByText('"number": 3').waitFor();
  });

  test('thousands of lines cost a screenful of elements; the view stays where one reads', async () => {
    const control = makeBusyHouse();
    control.log(...Array.from({ length: 500 }, (_, number) => entry(number)));
    const page = await renderer.open('logs', control);
    await page.getByText('line 499').waitFor();
    for (let batch = 1; batch <= 8; batch += 1) {
      control.log(...Array.from({ length: 500 }, (_, number) => entry(batch * 500 + number)));
    }
    await page.getByText('line 4499').waitFor();
    expect(await page.locator('.log-row').count()).toBeLessThan(100);
    const list = page.getByRole('log');
    await list.evaluate((element) => (element.scrollTop = 2000));
    await page.getByText(/^line 100 /).waitFor({ state: 'attached' });
    control.log(entry(4500));
    await page.getByRole('button', { name: '1 new line' }).click();
    await page.getByText('line 4500').waitFor();
  });
});

describe('settings', () => {
  test('act at once, say their default and go back to it', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('settings', control);
    await page.getByRole('radio', { name: 'Dark' }).click();
    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.getByText('Changed · default is System').waitFor();
    await page.getByRole('button', { name: 'Reset Theme' }).click();
    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('light');
    expect(control.settings.theme).toBe('system');
  });

  test('a value that does not fit is explained and not sent', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('settings?section=server', control);
    const port = page.getByRole('textbox', { name: 'Port' });
    await port.fill('80000');
    await port.press('Enter');
    await page.getByText('Use a whole number from 1 to 65,535.').waitFor();
    expect(control.asked).toEqual([]);
    await port.fill('12000');
    await port.press('Enter');
    await expect.poll(() => control.asked).toEqual([{ name: 'settings.update', input: { port: 12000 } }]);
  });

  test('switches, choices, optional numbers, lists and the default model are sent as the schema wants them', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('settings?section=requests', control);
    await page.getByRole('switch', { name: 'Refuse fields that would be ignored' }).click();
    await page.getByRole('button', { name: 'Models and memory' }).click();
    await page.getByRole('combobox', { name: 'Unload a model after' }).selectOption('Never');
    await page.getByRole('textbox', { name: 'Threads' }).fill('4');
    await page.getByRole('textbox', { name: 'Threads' }).press('Enter');
    await page.getByRole('combobox', { name: 'Default model' }).selectOption({ index: 1 });
    await page.getByRole('textbox', { name: 'Model folders' }).fill('/a\n\n /b \n');
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect
      .poll(() => control.asked.map(({ input }) => input))
      .toEqual([
        { strict: true },
        { idleUnloadMinutes: -1 },
        { threads: 4 },
        { defaultModel: 'smollm2-135m-instruct.q4_1' },
        { modelFolders: ['/a', '/b'] },
      ]);
  });

  test('a search finds rows of every section', async () => {
    const page = await renderer.open('settings', makeQuietHouse());
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('origin');
    await page.getByRole('heading', { name: 'Server' }).waitFor();
    await page.getByText('Web pages that may call the API').waitFor();
    await page.getByRole('searchbox', { name: 'Search settings' }).fill('nothing like it');
    await page.getByText('No setting matches “nothing like it”.').waitFor();
  });
});

describe('the window', () => {
  test('shortcuts go to pages, focus moves to the page, F6 walks through its regions', async () => {
    const page = await renderer.open('home', makeBusyHouse());
    await page.getByText('Running now').waitFor();
    for (const [keys, title] of [
      ['Control+3', 'Library'],
      ['Control+4', 'Logs'],
      ['Control+,', 'Settings'],
      ['Control+1', 'Home'],
    ] as const) {
      await page.keyboard.press(keys);
      await expect
        .poll(() => page.evaluate('document.activeElement.tagName + document.activeElement.textContent'))
        .toBe(`H1${title}`);
      expect(await page.title()).toBe(`${title} · Impetus`);
    }
    await page.keyboard.press('Control+2');
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.keyboard.press('F6');
    await page.keyboard.press('F6');
    expect(await page.evaluate(`document.activeElement.closest('[data-region]').className`)).toBe('toolbar');
  });

  test('the first Tab offers to skip to the content', async () => {
    const page = await renderer.open('home', makeQuietHouse());
    await page.getByText('No requests. Try it:').waitFor();
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  test.each([
    [1120, 720],
    [960, 640],
    [720, 520],
    [560, 520],
    [360, 640],
  ])('nothing but code, tables and logs scrolls sideways at %d x %d', async (width, height) => {
    const page = await renderer.open('home', makeBusyHouse(), { viewport: { width, height } });
    for (const route of ['home', 'chat', 'library', 'settings?section=server', 'popover']) {
      await page.evaluate(`location.hash = '#/${route}'`);
      await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
      await page.waitForTimeout(150);
      const wide = await page.evaluate(`[...document.querySelectorAll('body, main, .page-body, .page-text, .panel')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => element.className || element.tagName)`);
      expect(wide, route).toEqual([]);
    }
  });

  test('reduced motion stands still', async () => {
    const control = makeQuietHouse();
    control.answer = async function* (_request, signal) {
      yield { type: 'start', model: 'smol', promptTokens: 1, contextSize: 8, seed: 1 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const page = await renderer.open('chat', control, { reducedMotion: 'reduce' });
    await page.getByLabel('Message').fill('Hi');
    await page.keyboard.press('Enter');
    await page.locator('.caret').waitFor();
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.caret')).animationName`)).toBe('none');
    await page.getByRole('button', { name: 'Stop' }).click();
  });
});

async function focusedText(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement.textContent');
}
