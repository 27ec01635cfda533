import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { FakeControl, answerWith } from '#test/support/fake-control.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { makeBusyHouse } from './house.ts';

const renderer = useRenderer();
const popover = { viewport: { width: 360, height: 640 } };

/** Every rule of axe that applies, each finding as rule and place. */
async function findViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.html}`));
}

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  function makeThemedHouse(): FakeControl {
    const control = makeBusyHouse();
    control.settings = { ...control.settings, theme, threads: 4 };
    return control;
  }

  test.each([
    ['popover', 'In memory', popover],
    ['home', 'Running now', {}],
    ['library', 'What the file says', {}],
    ['logs', 'memory is short', {}],
    ['settings', 'Theme', {}],
    ['settings?section=models', 'Unload a model after', {}],
    ['settings?section=server', 'Port', {}],
    ['settings?section=about', 'Data folder', {}],
  ])('the page %s has no finding', async (route, text, context) => {
    const page = await renderer.open(route, makeThemedHouse(), context);
    await page.getByText(text, { exact: false }).first().waitFor();
    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe(theme);
    expect(await findViolations(page)).toEqual([]);
  });

  test('a chat with an answer, its parameters and an error has no finding', async () => {
    const control = makeThemedHouse();
    const written =
      '# Title\n\nText with `code` and [a link](https://example.com).\n\n```ts\nlet a;\n```\n\n|a|b|\n|-|-|\n|1|2|';
    control.answer = () => answerWith([written]);
    const page = await renderer.open('chat', control);
    await page.getByLabel('Message').fill('Show me everything');
    await page.keyboard.press('Enter');
    await page.getByText('to first token').waitFor();
    await page.getByRole('button', { name: 'Parameters' }).click();
    await page.getByLabel('Temperature').fill('hot');
    expect(await findViolations(page)).toEqual([]);
  });

  test('a dialog and an open menu have no finding', async () => {
    const page = await renderer.open('library?import', makeThemedHouse());
    await page.getByRole('dialog').waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menu').waitFor();
    expect(await findViolations(page)).toEqual([]);
  });

  test('pages with nothing in them have no finding', async () => {
    for (const [route, heading] of [
      ['popover', 'No models yet'],
      ['home', 'No models yet'],
      ['library', 'No models yet'],
      ['chat', 'No chat model yet'],
      ['logs', 'No lines yet'],
    ] as const) {
      const control = new FakeControl();
      control.settings.theme = theme;
      const page = await renderer.open(route, control);
      await page.getByRole('heading', { name: heading }).waitFor();
      expect(await findViolations(page)).toEqual([]);
    }
  });
});

test('paused, with a problem and with a narrow window there is no finding', async () => {
  const control = makeBusyHouse();
  control.setServer({ phase: 'paused' });
  const page = await renderer.open('home', control, { viewport: { width: 500, height: 700 } });
  await page.getByText('Clients get 503 with Retry-After').waitFor();
  expect(await findViolations(page)).toEqual([]);
  control.setServer({ phase: 'problem', problem: 'Port 11535 is in use.' });
  await page.getByRole('alert').filter({ hasText: 'Port 11535 is in use.' }).waitFor();
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Library' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
});
