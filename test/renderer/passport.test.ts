import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import type { PassportEvent } from '#shared/domain/passport.ts';
import type { FakeControl } from '#test/support/fake-control.ts';
import { makePassport } from '#test/support/make-passport.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { makeBusyHouse, smol } from './house.ts';

const renderer = useRenderer();
const gemma = 'gemma-3-12b-it.q4_k_m';

function makeMeasuredHouse(): FakeControl {
  const control = makeBusyHouse();
  control.setPassport(smol, makePassport({ modelId: smol }));
  return control;
}

/** Three checks; the second waits until `goOn`. */
function makeSlowTest(control: FakeControl): { goOn: () => void; signals: AbortSignal[] } {
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const [template, answer, speed] = makePassport().checks;
  control.testModel = async function* (model, signal): AsyncGenerator<PassportEvent> {
    signals.push(signal);
    yield { type: 'start', model, checks: ['template', 'answer', 'speed'] };
    yield { type: 'wait', reason: 'requests' };
    yield { type: 'check-start', id: 'template' };
    if (template) yield { type: 'check', check: template };
    yield { type: 'check-start', id: 'answer' };
    await gate.promise;
    if (answer) yield { type: 'check', check: answer };
    if (speed) yield { type: 'check', check: speed };
    const passport = makePassport({ modelId: model });
    control.setPassport(model, passport);
    yield { type: 'finish', passport };
  };
  return { goOn: gate.resolve, signals };
}

const passportOf = (page: Page) => page.getByRole('region', { name: 'Passport' });

async function findViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.html}`));
}

describe('a passport', () => {
  test('says in words what works and what does not, with the figures of this machine', async () => {
    const page = await renderer.open('library', makeMeasuredHouse());
    await page.getByRole('row', { name: /SmolLM2/ }).click();
    const passport = passportOf(page);
    await passport.getByText('measured 18 Nov').waitFor();
    const lines = await passport.locator('.passport-list').first().getByRole('listitem').allInnerTexts();
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'Tool call by itself works',
      'Tool call when required works',
      'Several tools at once does not',
      'JSON schema works',
      'Finds text does not, 5 of 6',
    ]);
    await passport.getByText('Clients can hold it to one call an answer').waitFor();
    const figures = await passport.locator('dl div').allInnerTexts();
    expect(figures.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'Writes 71.5 tok/s',
      'Reads 610 tok/s',
      'First token 42 ms',
      'Memory 290 MB',
    ]);
  });

  test('opens by keyboard to every check with what was seen', async () => {
    const page = await renderer.open('library', makeMeasuredHouse());
    await page.getByRole('row', { name: /SmolLM2/ }).click();
    const all = passportOf(page).getByText('All 11 checks');
    await all.focus();
    await page.keyboard.press('Enter');
    await passportOf(page).getByText('It found 3 of 3 in 512 tokens, 2 of 3 in 1024 tokens.').waitFor();
    await passportOf(page).getByText('not for this model').first().waitFor();
  });

  test('of another build says that nothing counts any more', async () => {
    const control = makeBusyHouse();
    control.setPassport(smol, makePassport({ modelId: smol }), false);
    const page = await renderer.open('library', control);
    await page.getByRole('row', { name: /SmolLM2/ }).click();
    await passportOf(page).getByText('Measured with another build of the engine.').waitFor();
    expect(await page.getByRole('row', { name: /SmolLM2/ }).innerText()).not.toContain('71.5');
  });

  test('makes the tags and the speed of its row; a model without one shows what its file says', async () => {
    const page = await renderer.open('library', makeMeasuredHouse());
    const measured = page.getByRole('row', { name: /SmolLM2/ });
    await measured.getByText('Tools').waitFor();
    expect(await measured.getByText('71.5').count()).toBe(1);
    const declared = page.getByRole('row', { name: /Gemma/ });
    expect((await declared.locator('.tag').allTextContents()).join()).toBe('Chat, as its file says');
    expect(await declared.locator('.model-table-speed').innerText()).toBe('–');
  });
});

describe('testing a model', () => {
  test('shows how it goes, in words and as a bar, and then what was found', async () => {
    const control = makeBusyHouse();
    const { goOn } = makeSlowTest(control);
    const page = await renderer.open(`library?model=${gemma}`, control);
    await passportOf(page).getByText('Not measured yet.').waitFor();
    await page.getByRole('button', { name: 'Test this model' }).press('Enter');
    await passportOf(page).getByRole('status').getByText('Testing: Writes text').waitFor();
    const bar = page.getByRole('progressbar', { name: 'Testing the model' });
    expect(await bar.getAttribute('aria-valuetext')).toBe('1 of 3 checks');
    goOn();
    await passportOf(page).getByText('Finds text').first().waitFor();
    await page.getByRole('button', { name: 'Test this model again' }).waitFor();
    expect(control.testedModels).toEqual([gemma]);
  });

  test('goes on while another model is looked at, which waits for its turn', async () => {
    const control = makeBusyHouse();
    const { goOn, signals } = makeSlowTest(control);
    const page = await renderer.open(`library?model=${gemma}`, control);
    await page.getByRole('button', { name: 'Test this model' }).click();
    await page.getByRole('progressbar', { name: 'Testing the model' }).waitFor();
    await page.getByRole('row', { name: /Phi-4/ }).click();
    const button = page.getByRole('button', { name: 'Test this model' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    goOn();
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe(null);
  });

  test('is stopped by its button', async () => {
    const control = makeBusyHouse();
    const { signals } = makeSlowTest(control);
    const page = await renderer.open(`library?model=${gemma}`, control);
    await page.getByRole('button', { name: 'Test this model' }).click();
    await page.getByRole('button', { name: 'Stop the test' }).click();
    await page.getByRole('button', { name: 'Test this model' }).waitFor();
    await expect.poll(() => signals[0]?.aborted).toBe(true);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test('that cannot go on says why and what to do', async () => {
    const control = makeBusyHouse();
    control.testModel = async function* (): AsyncGenerator<PassportEvent> {
      yield { type: 'wait', reason: 'loading' };
      throw new AppError('memory-insufficient', 'Gemma needs 9 GB.', { hint: 'Close other programs.' });
    };
    const page = await renderer.open(`library?model=${gemma}`, control);
    await page.getByRole('button', { name: 'Test this model' }).click();
    const alert = passportOf(page).getByRole('alert');
    await alert.getByText('Gemma needs 9 GB.').waitFor();
    await alert.getByText('Close other programs.').waitFor();
    await alert.getByRole('button', { name: 'Dismiss this error' }).click();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });
});

test.each(['light', 'dark'] as const)(
  'a passport and a running test have no finding in the %s theme',
  async (theme) => {
    const control = makeMeasuredHouse();
    control.settings = { ...control.settings, theme };
    makeSlowTest(control);
    const page = await renderer.open('library', control);
    await page.getByRole('row', { name: /SmolLM2/ }).click();
    await passportOf(page).getByText('All 11 checks').click();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Test this model again' }).click();
    await page.getByRole('progressbar', { name: 'Testing the model' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
  },
);
