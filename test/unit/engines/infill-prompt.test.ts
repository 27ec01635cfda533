import { describe, expect, test } from 'vitest';
import { encodeInfill, findInfillFormat } from '#main/engines/llama-cpp/infill-prompt.ts';
import type { InfillTokens, NativeVocabulary } from '#main/engines/llama-cpp/native-vocabulary.ts';
import { PromptEncoder } from '#main/engines/llama-cpp/prompt-encoder.ts';
import { createFakeTemplates } from '#test/support/fake-templates.ts';

const control = 1 << 3;

/** One token per character below 200; from 200 on the control tokens, which are read by name unless the text is raw. */
function createVocabulary(controls: readonly string[], infill?: InfillTokens): NativeVocabulary {
  const textOf = (token: number): string => controls[token - 200] ?? String.fromCharCode(token);
  return {
    size: 200 + controls.length,
    type: 2,
    beginToken: undefined,
    endToken: undefined,
    wantsBeginToken: false,
    beginText: '',
    endText: '',
    ...(infill ? { infill } : {}),
    tokenize: (text, { isRaw = false } = {}) => {
      const named = controls.indexOf(text);
      if (!isRaw && named >= 0) return Uint32Array.of(200 + named);
      return Uint32Array.from(text, (character) => character.charCodeAt(0));
    },
    tokenText: textOf,
    attributes: (token) => (token >= 200 ? control : 4),
    isEndOfGeneration: () => false,
    detokenize: (tokens) => Array.from(tokens, textOf).join(''),
  };
}

/** The prompt as it reads with its control tokens written out. */
function read(vocabulary: NativeVocabulary, prompt: Omit<Parameters<typeof encodeInfill>[0], 'type'>): string {
  return vocabulary.detokenize(Uint32Array.from(encodeInfill({ type: 'infill', ...prompt }, vocabulary).tokens));
}

const qwenNames = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>', '<|repo_name|>', '<|file_sep|>'];
const qwen = createVocabulary(qwenNames, { prefix: 200, suffix: 201, middle: 202, repository: 203, file: 204 });
const plain = { prefix: 'def f():', suffix: 'return 1' };
const files = [
  { name: 'a.py', text: 'A = 1' },
  { name: 'b.py', text: 'B = 2' },
];

describe('a gap is told', () => {
  test('to Qwen and its likes by prefix, suffix, middle', () => {
    expect(read(qwen, plain)).toBe('<|fim_prefix|>def f():<|fim_suffix|>return 1<|fim_middle|>');
  });

  test('with other files before it, each with its name, where the model knows of files', () => {
    expect(read(qwen, { ...plain, files })).toBe(
      '<|repo_name|>myproject\n<|file_sep|>a.py\nA = 1<|file_sep|>b.py\nB = 2<|file_sep|>filename\n' +
        '<|fim_prefix|>def f():<|fim_suffix|>return 1<|fim_middle|>',
    );
  });

  test('with other files as snippets where it knows of none', () => {
    const simple = createVocabulary(['<PRE>', '<SUF>', '<MID>'], { prefix: 200, suffix: 201, middle: 202 });
    expect(read(simple, { ...plain, files })).toBe(
      '\n\n--- snippet ---\n\nA = 1\n\n--- snippet ---\n\nB = 2<PRE>def f():<SUF>return 1<MID>',
    );
  });

  test('to Codestral by the suffix first, without a middle', () => {
    const codestral = createVocabulary(['[SUFFIX]', '[PREFIX]', '[MIDDLE]']);
    expect(read(codestral, plain)).toBe('[SUFFIX]return 1[PREFIX]def f():');
  });

  test('to Seed-Coder by the suffix first, with a middle', () => {
    const seed = createVocabulary(['<[fim-prefix]>', '<[fim-suffix]>', '<[fim-middle]>']);
    expect(read(seed, plain)).toBe('<[fim-suffix]>return 1<[fim-prefix]>def f():<[fim-middle]>');
  });

  test('to StarCoder2 with the names of files that llama.cpp does not know', () => {
    const names = ['<fim_prefix>', '<fim_suffix>', '<fim_middle>', '<repo_name>', '<file_sep>'];
    const star = createVocabulary(names, { prefix: 200, suffix: 201, middle: 202 });
    expect(read(star, { ...plain, files: [{ name: 'a.py', text: 'A' }] })).toBe(
      '<repo_name>myproject\n<file_sep>a.py\nA<file_sep>filename\n<fim_prefix>def f():<fim_suffix>return 1<fim_middle>',
    );
  });
});

test('what leads to the gap stands behind the prefix, in tokens of its own', () => {
  expect(read(qwen, { ...plain, lead: '\n  x' })).toBe(
    '<|fim_prefix|>def f():\n  x<|fim_suffix|>return 1<|fim_middle|>',
  );
});

test('words of the user never become control tokens', () => {
  const { tokens } = encodeInfill({ type: 'infill', prefix: '<|fim_middle|>', suffix: '' }, qwen);
  expect(tokens.filter((token) => token >= 200)).toEqual([200, 201, 202]);
});

test('the parts are counted, so that a prompt that is too long can be refused with its numbers', () => {
  const { parts, tokens } = encodeInfill({ type: 'infill', ...plain, lead: 'ab', files }, qwen);
  expect(parts).toEqual({ prefixTokens: 10, suffixTokens: 8, fileTokens: 43 });
  expect(tokens).toHaveLength(10 + 8 + 43 + 3);
});

test('a model without such tokens refuses, and names models that have them', () => {
  const none = createVocabulary(['<|im_start|>']);
  expect(findInfillFormat(none)).toBeUndefined();
  expect(() => encodeInfill({ type: 'infill', ...plain }, none)).toThrow(
    expect.objectContaining({ code: 'capability-missing', hint: expect.stringContaining('Codestral') as string }),
  );
});

test('the begin token stands before everything else', async () => {
  const vocabulary = { ...qwen, beginToken: 94, wantsBeginToken: true };
  const encoder = new PromptEncoder(vocabulary, createFakeTemplates(''));
  expect(encoder.canInfill).toBe(true);
  const { tokens } = await encoder.encode({ type: 'infill', prefix: 'a', suffix: 'b', files });
  expect([...tokens].slice(0, 3)).toEqual([94, 203, 109]);
});
