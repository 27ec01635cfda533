import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBrowserUi } from '#test/support/browser-ui.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';
import { verifies } from '#test/support/verifies.ts';

const smol = 'smollm2-135m-instruct.q4_1';

let app: StartedApp;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  app = await startApp({ model: smolModelPath });
  ({ browser, page, problems } = await openBrowserUi(app));
});
afterEach(() => expect(problems).toEqual([]));
afterAll(async () => {
  await browser.close();
  await app.stop();
});

/** Goes to a page of the window by its link. */
async function goTo(name: string): Promise<void> {
  await page.getByRole('link', { name, exact: false }).first().click();
  await page.getByRole('heading', { level: 1, name }).waitFor({ state: 'attached' });
}

const answers = () => page.locator('.answer');
const lastState = (): Promise<string | null> => answers().last().getAttribute('data-state');

describe('the interface in a browser', () => {
  test('a one-time code lets in once; without it the page explains how to get in', async () => {
    expect(new URL(page.url()).pathname).toBe('/ui/');
    const stranger = await (await browser.newContext()).newPage();
    const used = app.mintUiUrl();
    await stranger.goto(used);
    await stranger.getByRole('heading', { name: 'Home' }).waitFor();
    const second = await (await browser.newContext()).newPage();
    expect((await second.goto(used))?.status()).toBe(401);
    expect((await second.goto(`${app.url}/ui/`))?.status()).toBe(401);
    await stranger.context().close();
    await second.context().close();
  });

  test('shows the server as it is: ready, its address, the model in memory', async () => {
    await page.getByRole('status').getByText('Ready').waitFor();
    await page.getByText(`${app.url}/v1`, { exact: true }).waitFor();
    await page.getByText('1 model in memory').waitFor();
  });

  test(
    'the model is unloaded and loaded from the library',
    verifies(['S3-71'], { breaks: 'src/renderer/features/library/model-inspector.tsx#ModelInspector' }, async () => {
      await goTo('Library');
      const details = page.getByRole('complementary', { name: /^Details of SmolLM2/ });
      await details.getByRole('button', { name: 'Unload' }).click();
      await details.getByText('On disk', { exact: true }).waitFor();
      await details.getByRole('button', { name: 'Load' }).click();
      await details.getByText('In memory', { exact: true }).first().waitFor({ timeout: 60_000 });
      await details.getByRole('button', { name: 'Chat' }).click();
      await page.getByText('Ask SmolLM2-135M-Instruct').waitFor();
    }),
  );

  test(
    'an answer of the real model streams in and is counted by the engine',
    verifies(['S2-28'], { breaks: 'src/renderer/features/chat/chat-session.ts#ChatSession' }, async () => {
      await page.getByRole('button', { name: 'Parameters' }).click();
      await page.getByLabel('Temperature').fill('0');
      await page.getByLabel('Most tokens').fill('24');
      await page.getByLabel('Message').fill('Say hello.');
      const lengths = new Set<number>();
      await page.keyboard.press('Enter');
      await expect
        .poll(
          async () => {
            const text = await page.locator('.answer .markdown').allInnerTexts();
            lengths.add(text.join('').length);
            return await lastState();
          },
          { timeout: 90_000, interval: 15 },
        )
        .toBe('done');
      const text = await page.locator('.answer .markdown').last().innerText();
      expect(text.trim().length).toBeGreaterThan(0);
      // Nothing, then parts, then the whole.
      expect(lengths.size).toBeGreaterThan(2);
      const facts = await page.locator('.answer-who').last().innerText();
      expect(facts).toMatch(/[\d.]+\u00a0tok\/s · \d+\u00a0tokens? · [\d.]+\u00a0s to first token/);
      await page.getByRole('meter', { name: 'Context used' }).waitFor();
    }),
  );

  test(
    'Stop ends the generation in the engine',
    verifies(['S2-29'], { breaks: 'src/renderer/features/chat/chat-session.ts#ChatSession' }, async () => {
      await page.getByRole('button', { name: 'Reset Most tokens' }).click();
      await page.getByLabel('Message').fill('Count from 1 to 1000, one number per line.');
      await page.keyboard.press('Enter');
      await expect.poll(lastState, { timeout: 60_000 }).toBe('writing');
      await page.getByRole('button', { name: 'Stop' }).click();
      await expect.poll(lastState).toBe('stopped');
      await expect.poll(() => app.app.inference.activity().activeRequests, { timeout: 20_000 }).toBe(0);
    }),
  );

  test('a turn reuses what was read before', async () => {
    await page.getByLabel('Most tokens').fill('8');
    await page.getByLabel('Message').fill('And again.');
    await page.keyboard.press('Enter');
    await expect.poll(lastState, { timeout: 90_000 }).toBe('done');
    expect(await page.locator('.answer-who').last().innerText()).toMatch(/\d+ of \d+ prompt tokens reused/);
  });

  test(
    'serving is paused and resumed from the window, and clients notice',
    verifies(['S3-43'], { breaks: 'src/renderer/features/home/server-summary.tsx#ServerSummary' }, async () => {
      await goTo('Home');
      await page.getByRole('button', { name: 'Pause serving' }).click();
      await page.getByText('Clients get 503 with Retry-After.').waitFor();
      const ask = () =>
        fetch(`${app.url}/v1/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: smol, prompt: 'Hi', max_tokens: 1 }),
        });
      expect((await ask()).status).toBe(503);
      await page.getByRole('button', { name: 'Resume' }).click();
      await page.getByRole('button', { name: 'Pause serving' }).waitFor();
      expect((await ask()).status).toBe(200);
    }),
  );

  test('the log is live: a request appears as it ends', async () => {
    await goTo('Logs');
    await page.getByRole('log').waitFor();
    await fetch(`${app.url}/v1/models`);
    await page.getByText('GET /v1/models 200').first().waitFor();
  });

  test('the theme is switched, and kept', async () => {
    await goTo('Settings');
    const shown = (): Promise<unknown> => page.evaluate('document.documentElement.dataset.theme');
    await page.getByRole('radio', { name: 'Dark' }).click();
    await expect.poll(shown).toBe('dark');
    await page.reload();
    await expect.poll(shown).toBe('dark');
    await page.getByRole('radio', { name: 'Light' }).click();
    await expect.poll(shown).toBe('light');
  });

  test.each(['light', 'dark'] as const)('axe finds nothing on any page in the %s theme', async (theme) => {
    await app.app.control.invoke('settings.update', { theme });
    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe(theme);
    for (const route of ['home', 'chat', 'library', 'logs', 'settings', 'popover']) {
      await page.evaluate(`location.hash = '#/${route}'`);
      await page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [route, id, nodes[0]?.html])).toEqual([]);
    }
    await page.evaluate(`location.hash = '#/home'`);
  });

  test('the way from opening to an answer needs no pointer', async () => {
    await page.evaluate(`location.hash = '#/home'`);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await page.reload();
    await page.getByText('Running now').waitFor();
    const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.textContent ?? ""');
    for (let steps = 0; steps < 20 && (await focused()) !== 'Chat'; steps += 1) await page.keyboard.press('Tab');
    expect(await focused()).toBe('Chat');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.keyboard.type('Say yes.');
    await page.keyboard.press('Enter');
    await expect.poll(lastState, { timeout: 60_000 }).toMatch(/writing|done/);
    await page.keyboard.press('Escape');
    await expect.poll(lastState).toMatch(/stopped|done/);
  });
});

test(
  'when the server ends, the window says so and dims nothing it does not know',
  verifies(['S2-25'], { breaks: 'src/renderer/app/connection-banner.tsx#ConnectionBanner' }, async () => {
    const short = await startApp({ model: 'none' });
    const ui = await openBrowserUi(short);
    try {
      await ui.page.getByRole('status').getByText('Ready').waitFor();
      const colour = (): Promise<unknown> =>
        ui.page.evaluate(`getComputedStyle(document.querySelector('.state-foot .icon')).color`);
      const before = await colour();
      await short.stop();
      await ui.page.getByRole('alert').getByText('Impetus is not answering.').waitFor();
      await ui.page.getByText(/Last seen \d+\s(s|min) ago\. Trying again by itself\./).waitFor();
      await ui.page.locator('.state-foot').getByText('Not answering').waitFor();
      const after = await colour();
      expect(before).not.toBe(after);
      expect(after).toBe('rgb(179, 38, 26)');
    } finally {
      await ui.browser.close();
      await short.stop();
    }
  }),
);
