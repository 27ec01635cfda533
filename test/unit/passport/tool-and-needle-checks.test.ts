import { describe, expect, test } from 'vitest';
import { needleChecks, toLengths } from '#main/passport/checks/needle-checks.ts';
import { toolChecks } from '#main/passport/checks/tool-checks.ts';
import type { Answer, Question } from '#main/passport/model-under-test.ts';
import { findingsOf, makeFakeModel, wordsOf } from './fake-model.ts';

const paris = { name: 'get_weather', arguments: '{"city":"Paris"}' };
const oslo = { name: 'get_weather', arguments: '{"city":"Oslo"}' };
const alarm = { name: 'set_alarm', arguments: '{"hour":6,"minute":30}' };

/** A model that does with tools what it is asked to. */
function obedient({ prompt, toolChoice, parallelToolCalls }: Question): Partial<Answer> {
  if (prompt.type === 'chat' && prompt.messages.at(-1)?.role === 'tool') return { text: 'It is 41 degrees.' };
  if (toolChoice?.type === 'none') return { text: 'It may be sunny.' };
  if (toolChoice?.type === 'named') return { calls: [alarm] };
  return { calls: wordsOf(prompt).includes('Oslo') && parallelToolCalls ? [paris, oslo] : [paris] };
}

/** The obedient model, but for what is changed. */
async function verdictsOf(change: (question: Question) => Partial<Answer> | undefined) {
  const { model, asked } = makeFakeModel({ answer: (question) => change(question) ?? obedient(question) });
  const found = await findingsOf(toolChecks, model);
  return {
    found,
    asked,
    verdicts: Object.fromEntries(Object.entries(found).map(([id, { verdict }]) => [id, verdict])),
  };
}

const all = {
  'tools-required': 'pass',
  'tools-named': 'pass',
  'tools-none': 'pass',
  'tools-auto': 'pass',
  'tools-parallel': 'pass',
  'tool-result': 'pass',
};
const isChoice = (type: string) => (question: Question) => question.toolChoice?.type === type;

describe('tools', () => {
  test('of a model that does as it is told pass in every mode', async () => {
    const { verdicts, found, asked } = await verdictsOf(() => undefined);
    expect(verdicts).toEqual(all);
    expect(found['tools-required']?.detail).toBe('It called get_weather with {"city":"Paris"}.');
    expect(asked.map(({ toolChoice, parallelToolCalls }) => [toolChoice?.type, parallelToolCalls])).toEqual([
      ['required', false],
      ['named', false],
      ['none', false],
      ['auto', false],
      ['required', true],
      ['required', false],
      [undefined, undefined],
    ]);
  });

  test.each([
    {
      model: 'that knows no tools',
      change: ({ toolChoice }: Question) => (toolChoice?.type === 'none' ? undefined : { text: 'Hello 41.' }),
      failing: ['tools-required', 'tools-named', 'tools-auto', 'tools-parallel'],
    },
    {
      model: 'that calls by itself only when it must',
      change: (question: Question) => (isChoice('auto')(question) ? { text: 'Sunny.' } : undefined),
      failing: ['tools-auto'],
    },
    {
      model: 'that calls though it must not',
      change: (question: Question) => (isChoice('none')(question) ? { calls: [paris] } : undefined),
      failing: ['tools-none'],
    },
    {
      model: 'that calls another tool than the named one',
      change: (question: Question) => (isChoice('named')(question) ? { calls: [paris] } : undefined),
      failing: ['tools-named'],
    },
    {
      model: 'whose arguments break the schema',
      change: (question: Question) =>
        isChoice('required')(question) ? { calls: [{ ...paris, arguments: '{"town":"Paris"}' }] } : undefined,
      failing: ['tools-required', 'tools-parallel'],
    },
    {
      model: 'whose arguments are no JSON',
      change: (question: Question) =>
        isChoice('named')(question) ? { calls: [{ ...alarm, arguments: '{"hour":' }] } : undefined,
      failing: ['tools-named'],
    },
    {
      model: 'that goes on behind its call',
      change: (question: Question) =>
        isChoice('auto')(question) ? { calls: [paris], reason: 'length' as const } : undefined,
      failing: ['tools-auto'],
    },
    {
      model: 'that calls one at a time',
      change: ({ parallelToolCalls }: Question) => (parallelToolCalls ? { calls: [paris] } : undefined),
      failing: ['tools-parallel'],
    },
    {
      model: 'that cannot stop calling',
      change: ({ parallelToolCalls }: Question) =>
        parallelToolCalls ? { calls: [paris, oslo, paris], reason: 'length' as const } : undefined,
      failing: ['tools-parallel'],
    },
    {
      model: 'that calls twice when held to one call',
      change: (question: Question) =>
        wordsOf(question.prompt).includes('Oslo') ? { calls: [paris, oslo] } : undefined,
      failing: ['tools-parallel'],
    },
    {
      model: 'that has no words for a result',
      change: ({ toolChoice }: Question) => (toolChoice === undefined ? { text: ' ' } : undefined),
      failing: ['tool-result'],
    },
    {
      model: 'that answers a result with another call',
      change: ({ toolChoice }: Question) => (toolChoice === undefined ? { calls: [paris] } : undefined),
      failing: ['tool-result'],
    },
  ])('of a model $model: $failing fail', async ({ change, failing }) => {
    const { verdicts } = await verdictsOf(change);
    expect(verdicts).toEqual({ ...all, ...Object.fromEntries(failing.map((id) => [id, 'fail'])) });
  });

  test('a result is accepted though its number is not told', async () => {
    const { found } = await verdictsOf(({ toolChoice }) => (toolChoice === undefined ? { text: 'Hot.' } : undefined));
    expect(found['tool-result']).toMatchObject({ verdict: 'pass', figures: { mentionsResult: 0 } });
  });

  test('do not apply to a model without messages', async () => {
    const { model, asked } = makeFakeModel({ facts: { facts: { hasChatTemplate: false } } });
    const found = await findingsOf(toolChecks, model);
    expect(Object.values(found).map(({ verdict }) => verdict)).toEqual(Array(6).fill('not-applicable'));
    expect(asked).toEqual([]);
  });
});

/** Answers the code that stands in the text, as far as it reads: letters are tokens. */
const reader =
  (reach: number) =>
  ({ prompt }: Question): Partial<Answer> => {
    const text = wordsOf(prompt);
    const name = /code of the (\w+) door\? /.exec(text)?.[1] ?? '';
    const place = text.indexOf(`The code of the ${name} door is `);
    const code = text.slice(place).match(/is (\d+)/)?.[1] ?? '';
    return { text: place < reach ? code : 'No idea.' };
  };

describe('needles', () => {
  test('lengths double up to the largest that fits', () => {
    expect(toLengths(4000)).toEqual([512, 1024, 2048, 4000]);
    expect(toLengths(2100)).toEqual([512, 1024, 2100]);
    expect(toLengths(511)).toEqual([]);
  });

  test('are found at every depth of every length', async () => {
    const { model, asked } = makeFakeModel({ info: { contextSize: 2144 }, answer: reader(1e6), read: readLetters });
    const { needle, context } = await findingsOf(needleChecks, model);
    expect(needle).toMatchObject({ verdict: 'pass', figures: { found: 9, asked: 9 } });
    expect(context).toMatchObject({ verdict: 'pass', figures: { contextSize: 2144 } });
    expect(asked).toHaveLength(9);
    for (const { prompt } of asked) expect(wordsOf(prompt).length).toBeLessThan(2144);
  });

  test('the three questions of a length share their text', async () => {
    const { model, asked } = makeFakeModel({ info: { contextSize: 4096 }, answer: reader(1e6), read: readLetters });
    await findingsOf(needleChecks, model);
    const texts = new Set(asked.map(({ prompt }) => wordsOf(prompt).split('\n\n')[0]));
    expect([asked.length, texts.size]).toEqual([12, 4]);
    const text = [...texts].at(-1) ?? '';
    const depths = ['red', 'blue', 'green'].map((name) => text.indexOf(`the ${name} door is`) / text.length);
    expect(depths[0]).toBeCloseTo(0.25, 1);
    expect(depths[1]).toBeCloseTo(0.5, 1);
    expect(depths[2]).toBeCloseTo(0.75, 1);
  });

  test('a model that reads only the beginning fails with its figures', async () => {
    const { model } = makeFakeModel({ info: { contextSize: 2144 }, answer: reader(450), read: readLetters });
    const { needle } = await findingsOf(needleChecks, model);
    expect(needle?.verdict).toBe('fail');
    expect(needle?.figures?.['asked']).toBe(9);
    expect(needle?.figures?.['found']).toBeLessThan(9);
  });

  test('longer texts are left out when the time is short, and the context is not measured then', async () => {
    const { model, asked } = makeFakeModel({ info: { contextSize: 4096 }, answer: reader(1e6), read: readLetters });
    const { needle, context } = await findingsOf(needleChecks, model, () => -1);
    expect(asked).toHaveLength(3);
    expect(needle).toMatchObject({ verdict: 'pass', figures: { asked: 3 } });
    expect(context?.verdict).toBe('not-measured');
  });

  test('do not apply to a tiny context', async () => {
    const { model, asked } = makeFakeModel({ info: { contextSize: 512 } });
    const { needle, context } = await findingsOf(needleChecks, model);
    expect([needle?.verdict, context?.verdict, asked.length]).toEqual(['not-applicable', 'not-applicable', 0]);
  });
});

const readLetters = async (prompt: Question['prompt']) => ({ text: '', tokenCount: wordsOf(prompt).length });
