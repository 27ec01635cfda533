import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { answerCheck } from '#main/passport/checks/answer-check.ts';
import { embeddingCheck } from '#main/passport/checks/embedding-check.ts';
import { infillCheck } from '#main/passport/checks/infill-check.ts';
import { createMemoryCheck } from '#main/passport/checks/memory-check.ts';
import { reasoningChecks } from '#main/passport/checks/reasoning-checks.ts';
import { schemaCheck } from '#main/passport/checks/schema-check.ts';
import { speedCheck } from '#main/passport/checks/speed-check.ts';
import { chooseStop, stopCheck } from '#main/passport/checks/stop-check.ts';
import { templateCheck } from '#main/passport/checks/template-check.ts';
import { tokenizerCheck } from '#main/passport/checks/tokenizer-check.ts';
import { determinismChecks } from '#main/passport/checks/determinism-checks.ts';
import { findingsOf, makeFakeModel } from './fake-model.ts';

const noTemplate = { facts: { facts: { hasChatTemplate: false } } };

describe('the template', () => {
  test('that renders every role and tools passes', async () => {
    expect((await findingsOf(templateCheck, makeFakeModel().model)).template).toMatchObject({ verdict: 'pass' });
  });

  test('that leaves out a role, a result or tools fails and names them', async () => {
    const read = async () => ({ text: 'Bright harbours, Calm meadows', tokenCount: 9 });
    expect((await findingsOf(templateCheck, makeFakeModel({ read }).model)).template).toEqual({
      id: 'template',
      verdict: 'fail',
      detail: 'The template leaves out what these say: system, tool, the list of tools.',
      figures: { promptTokens: 9 },
    });
  });

  test('that says something else each time fails', async () => {
    let count = 0;
    const read = async (prompt: object) => ({ text: JSON.stringify(prompt) + String(count++), tokenCount: 9 });
    expect((await findingsOf(templateCheck, makeFakeModel({ read }).model)).template).toMatchObject({
      verdict: 'fail',
      detail: 'The same messages gave two different prompts.',
    });
  });

  test('of a file without one does not apply', async () => {
    expect((await findingsOf(templateCheck, makeFakeModel(noTemplate).model)).template).toMatchObject({
      verdict: 'not-applicable',
    });
  });
});

describe('the tokenizer', () => {
  test.each([
    { what: 'gives texts back', detokenize: undefined, verdict: 'pass', unchanged: 6 },
    { what: 'puts a space in front', detokenize: (text: string) => ` ${text}`, verdict: 'pass', unchanged: 6 },
    { what: 'loses accents', detokenize: (text: string) => text.replace(/é/g, 'e'), verdict: 'fail', unchanged: 5 },
  ])('that $what: $verdict', async ({ detokenize, verdict, unchanged }) => {
    const { model } = makeFakeModel(
      detokenize ? { detokenize: async (tokens) => detokenize(String.fromCodePoint(...tokens)) } : {},
    );
    const { tokenizer } = await findingsOf(tokenizerCheck, model);
    expect(tokenizer).toMatchObject({ verdict, figures: { texts: 6, unchanged } });
  });
});

test.each([
  { text: 'A sentence.', reasoning: '', verdict: 'pass' },
  { text: '', reasoning: 'Hm.', verdict: 'pass' },
  { text: ' \n', reasoning: '', verdict: 'fail' },
])('an answer of $text and thinking of $reasoning: $verdict', async ({ verdict, ...answer }) => {
  const { model } = makeFakeModel({ answer: () => answer });
  expect((await findingsOf(answerCheck, model)).answer?.verdict).toBe(verdict);
});

test('speed counts what was computed, and leaves the first token to the prompt', async () => {
  const { model } = makeFakeModel({
    answer: () => ({
      tokens: Array.from({ length: 33 }, (_, token) => token),
      usage: { promptTokens: 520, cachedTokens: 20, completionTokens: 33 },
      timings: { queueMs: 0, prefillMs: 1000, decodeMs: 400 },
    }),
  });
  expect((await findingsOf(speedCheck, model)).speed).toEqual({
    id: 'speed',
    verdict: 'pass',
    detail: 'It writes 80 and reads 500 tokens a second.',
    figures: {
      firstTokenMs: 40,
      prefillTokensPerSecond: 500,
      decodeTokensPerSecond: 80,
      promptTokens: 520,
      completionTokens: 33,
    },
  });
});

describe('a stop text', () => {
  const full = 'one two three four five six';
  const stop = chooseStop(full) ?? '';

  test('is five letters out of the answer', () => {
    expect([stop, chooseStop('short'), chooseStop('')]).toEqual(['o thr', undefined, undefined]);
  });

  test.each([
    { model: 'that stops', second: { text: 'one tw', stopText: stop, reason: 'stop' }, verdict: 'pass' },
    { model: 'that ignores it', second: { text: full, reason: 'length' }, verdict: 'fail' },
    { model: 'that says it and then stops', second: { text: `one tw${stop}`, stopText: stop }, verdict: 'fail' },
    { model: 'that says something else', second: { text: 'uno dos', reason: 'stop' }, verdict: 'not-measured' },
  ] as const)('and a model $model: $verdict', async ({ second, verdict }) => {
    const { model, asked } = makeFakeModel({ answer: (_, count) => (count === 0 ? { text: full } : second) });
    expect((await findingsOf(stopCheck, model))['stop-text']?.verdict).toBe(verdict);
    expect(asked.map(({ stops }) => stops)).toEqual([[], [stop]]);
  });

  test('of a model with next to no answer is not measured', async () => {
    const { model } = makeFakeModel({ answer: () => ({ text: 'No' }) });
    expect((await findingsOf(stopCheck, model))['stop-text']?.verdict).toBe('not-measured');
  });
});

describe('a schema', () => {
  const good = '{"name":"Ada","age":36,"colours":["red"],"isMember":true}';

  test.each([
    { answer: good, valid: 3, verdict: 'pass' },
    { answer: good.replace('36', '360'), valid: 0, verdict: 'fail' },
    { answer: good.replace('"red"', '"pink"'), valid: 0, verdict: 'fail' },
    { answer: good.replace('}', ',"more":1}'), valid: 0, verdict: 'fail' },
    { answer: good.slice(0, 20), valid: 0, verdict: 'fail' },
    { answer: `Sure! ${good}`, valid: 0, verdict: 'fail' },
  ])('answered with $answer: $verdict', async ({ answer, valid, verdict }) => {
    const { model } = makeFakeModel({ answer: () => ({ text: answer }) });
    expect((await findingsOf(schemaCheck, model))['json-schema']).toMatchObject({
      verdict,
      figures: { valid, asked: 3 },
    });
  });

  test('is bound for likely and for unlikely tokens', async () => {
    const { model, asked } = makeFakeModel({ answer: () => ({ text: good }) });
    await findingsOf(schemaCheck, model);
    expect(asked.map(({ sampling, output }) => [sampling, output?.type])).toEqual([
      [{ temperature: 0 }, 'json-schema'],
      [{ temperature: 1, seed: 1 }, 'json-schema'],
      [{ temperature: 1, seed: 2 }, 'json-schema'],
    ]);
  });
});

describe('thinking', () => {
  test('apart from the answer and off when asked to', async () => {
    const { model, asked } = makeFakeModel({
      info: { canReason: true },
      answer: ({ reasoning }) => (reasoning?.isEnabled ? { reasoning: 'Well', text: '71' } : { text: '71' }),
    });
    const found = await findingsOf(reasoningChecks, model);
    expect([found.reasoning?.verdict, found['reasoning-off']?.verdict]).toEqual(['pass', 'pass']);
    expect(asked.map(({ reasoning }) => reasoning)).toEqual([
      { isEnabled: true, budgetTokens: 48 },
      { isEnabled: false },
    ]);
  });

  test.each([
    { model: 'that never thinks', answer: { text: '71' }, on: 'fail', off: 'pass' },
    { model: 'that always thinks', answer: { reasoning: 'Well', text: '71' }, on: 'pass', off: 'fail' },
  ])('of a model $model', async ({ answer, on, off }) => {
    const found = await findingsOf(
      reasoningChecks,
      makeFakeModel({ info: { canReason: true }, answer: () => answer }).model,
    );
    expect([found.reasoning?.verdict, found['reasoning-off']?.verdict]).toEqual([on, off]);
  });

  test('does not apply where the template knows none', async () => {
    const { model, asked } = makeFakeModel();
    const found = await findingsOf(reasoningChecks, model);
    expect([found.reasoning?.verdict, found['reasoning-off']?.verdict]).toEqual(['not-applicable', 'not-applicable']);
    expect(asked).toEqual([]);
  });
});

test.each([
  { canInfill: true, text: 'a + b', verdict: 'pass' },
  { canInfill: true, text: '  ', verdict: 'fail' },
  { canInfill: false, text: 'a + b', verdict: 'not-applicable' },
])('a gap, tokens for it: $canInfill, filled with "$text": $verdict', async ({ canInfill, text, verdict }) => {
  const { model } = makeFakeModel({ info: { canInfill }, answer: () => ({ text }) });
  expect((await findingsOf(infillCheck, model)).infill?.verdict).toBe(verdict);
});

test.each([
  {
    name: 'like texts closer',
    vectors: [
      [1, 0],
      [0.8, 0.6],
      [0, 1],
    ],
    verdict: 'pass',
  },
  {
    name: 'like texts no closer',
    vectors: [
      [1, 0],
      [0, 1],
      [1, 0],
    ],
    verdict: 'fail',
  },
  {
    name: 'lengths beside 1',
    vectors: [
      [2, 0],
      [1.6, 1.2],
      [0, 2],
    ],
    verdict: 'fail',
  },
])('vectors with $name: $verdict', async ({ vectors, verdict }) => {
  const { model } = makeFakeModel({ vectors });
  expect((await findingsOf(embeddingCheck, model)).embeddings).toMatchObject({ verdict, figures: { dimension: 2 } });
});

describe('determinism', () => {
  test('the same tokens with a seed, alone and in company', async () => {
    const { model, asked } = makeFakeModel({ answer: () => ({ tokens: [1, 2, 3] }) });
    expect(await findingsOf(determinismChecks, model)).toMatchObject({
      repeatable: { verdict: 'pass', figures: { tokens: 3, sameTokens: 3 } },
      'beside-others': { verdict: 'pass' },
    });
    expect(asked.filter(({ sampling }) => sampling.seed === 42)).toHaveLength(2);
  });

  test('a model that changes its mind is found out, and where', async () => {
    const { model } = makeFakeModel({ answer: (_, count) => ({ tokens: [1, 2, count] }) });
    expect(await findingsOf(determinismChecks, model)).toMatchObject({
      repeatable: {
        verdict: 'fail',
        detail: 'With the same seed it differs from token 3 on.',
        figures: { tokens: 3, sameTokens: 2 },
      },
      'beside-others': { verdict: 'fail' },
    });
  });

  test('an answer that ends earlier is another one', async () => {
    const { model } = makeFakeModel({ answer: (_, count) => ({ tokens: count === 0 ? [1, 2, 3] : [1, 2] }) });
    expect((await findingsOf(determinismChecks, model)).repeatable).toMatchObject({
      verdict: 'fail',
      figures: { sameTokens: 2 },
    });
  });

  test('company needs room for two', async () => {
    const { model } = makeFakeModel({ info: { slots: 1 }, answer: () => ({ tokens: [1] }) });
    expect((await findingsOf(determinismChecks, model))['beside-others']?.verdict).toBe('not-applicable');
  });
});

test.each([
  { peak: 290e6, placement: 'child', verdict: 'pass', detail: 'Its engine process held 290 MB at most.' },
  {
    peak: 290e6,
    placement: 'main',
    verdict: 'pass',
    detail: 'The whole server, this model in it, held 290 MB at most.',
  },
  {
    peak: undefined,
    placement: 'child',
    verdict: 'not-measured',
    detail: 'This system does not tell the peak memory of a process.',
  },
] as const)('memory in the $placement process, told $peak: $verdict', async ({ peak, placement, verdict, detail }) => {
  const { model } = makeFakeModel({ info: { placement } });
  const { memory } = await findingsOf(
    createMemoryCheck((pid) => (pid === 4711 ? peak : 1)),
    model,
  );
  expect(memory).toMatchObject({ verdict, detail, figures: { modelBytes: 100e6, contextBytes: 10e6 } });
});

test('an error of the model passes through a check', async () => {
  const { model } = makeFakeModel({
    answer: () => {
      throw new AppError('engine-crashed', 'It died.');
    },
  });
  await expect(findingsOf(answerCheck, model)).rejects.toThrow('It died.');
});
