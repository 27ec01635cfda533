import { beforeAll, expect, test } from 'vitest';
import type { ChatMessage } from '#shared/domain/chat.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { probeTemplate, toTemplateTurns } from '#main/decoding/index.ts';
import type { Renderer } from '#main/engines/llama-cpp/templates/bounded-template.ts';
import { readTemplateFamilies } from '#scripts/template-prompts/families.ts';
import { createRandom, type Random } from '#test/support/random.ts';
import { openTemplateEngines, type TemplateEngines } from '#test/support/template-engines.ts';

/** Conversations by template. */
const rounds = process.env['IMPETUS_LONG'] === '1' ? 300 : 10;

let engines: TemplateEngines;
let families: ReadonlyMap<string, string>;

beforeAll(async () => {
  engines = await openTemplateEngines();
  families = await readTemplateFamilies();
});

test('what the product writes is what llama.cpp writes, and the count before it stops no honest conversation', () => {
  const random = createRandom(11);
  for (const [name, template] of families) {
    const [either, theirs] = [engines.either(template), engines.native(template)];
    const special = { bos_token: '<s>', eos_token: '</s>' };
    const traits = probeTemplate(template, (input) => either.render({ ...input, ...special }));
    for (let round = 0; round < rounds; round++) {
      const turns = toTemplateTurns({ messages: createConversation(random), tools: createTools(random) }, traits);
      const variables = { add_generation_prompt: true, ...turns, ...special };
      const expected = renderOr(theirs, variables);
      if (expected !== undefined) expect(either.render(variables), name).toBe(expected);
    }
  }
});

test('a conversation of 400 messages beside 25 tools passes every template', () => {
  const parameters = { type: 'object', properties: { a: { type: 'string', description: 'x'.repeat(100) } } };
  const tools = Array.from({ length: 25 }, (_, index) => ({ name: `tool_${index}`, description: 'x', parameters }));
  const messages = Array.from({ length: 100 }, (): ChatMessage[] => [
    { role: 'user', content: 'hello '.repeat(50) },
    { role: 'assistant', content: '', toolCalls: [{ id: 'call12345', name: 'tool_1', arguments: '{"a":"x"}' }] },
    { role: 'tool', toolCallId: 'call12345', content: 'result' },
    { role: 'assistant', content: 'done' },
  ]).flat();
  const stopped: string[] = [];
  for (const [name, template] of families) {
    const ours = engines.bounded(template);
    const traits = probeTemplate(template, (input) => ours.render({ ...input }));
    const turns = toTemplateTurns({ messages: [...messages, { role: 'user', content: 'hi' }], tools }, traits);
    try {
      ours.render({ add_generation_prompt: true, ...turns, bos_token: '<s>', eos_token: '</s>' });
    } catch (error) {
      if (isAppError(error)) stopped.push(name);
    }
  }
  expect(stopped).toEqual([]);
});

/** Undefined where the engine cannot; a limit fails the test. */
function renderOr(renderer: Renderer, variables: Record<string, unknown>): string | undefined {
  try {
    return renderer.render(variables);
  } catch (error) {
    if (isAppError(error)) throw error;
    return undefined;
  }
}

const words = [
  ...['hello', 'Wörter', '数字', '😀', '"quoted"', 'back\\slash', '{{ x }}', '{% if %}', '\n\n  indented\n', '\t'],
  ...['<think>', '</think>', "&<>'", 'a\u2028b', '\u0007', '[INST]', '1.0', 'null', 'True', 'é\u0301'],
];

function createText(random: Random): string {
  return Array.from({ length: random.below(6) }, () => random.pick(words)).join(' ');
}

function createValue(random: Random, depth = 0): unknown {
  const items = (): unknown[] => Array.from({ length: random.below(3) }, () => createValue(random, depth + 1));
  const kinds: (() => unknown)[] = [
    () => random.below(1000),
    () => random.below(1000) / 8,
    () => createText(random),
    () => true,
    () => null,
    () => -12e10,
    items,
    () => Object.fromEntries<unknown>(items().map((item, index) => [['a', 'ключ', 'b c'][index] ?? '', item])),
  ];
  return kinds[random.below(depth > 2 ? 6 : kinds.length)]?.();
}

function createConversation(random: Random): ChatMessage[] {
  const messages: ChatMessage[] = [];
  if (random.below(2) === 0) messages.push({ role: 'system', content: `s ${createText(random)}` });
  for (let turn = random.below(4); turn > 0; turn--) {
    messages.push({ role: 'user', content: createText(random) });
    if (random.below(2) === 0) messages.push(...createCall(random));
    messages.push({ role: 'assistant', content: `a ${createText(random)}` });
  }
  return [...messages, { role: 'user', content: createText(random) }];
}

function createCall(random: Random): ChatMessage[] {
  const id = 'call12345';
  const toolCalls = [{ id, name: 'get', arguments: JSON.stringify({ a: createValue(random) }) }];
  const reasoning = random.below(2) === 0 ? { reasoning: `r ${createText(random)}` } : {};
  return [
    { role: 'assistant', content: random.below(2) === 0 ? '' : createText(random), toolCalls, ...reasoning },
    { role: 'tool', toolCallId: id, content: JSON.stringify(createValue(random)) ?? '' },
  ];
}

function createTools(random: Random) {
  if (random.below(2) === 0) return [];
  const properties = {
    a: { type: 'string', description: createText(random), enum: ['x', 'ü'] },
    b: { type: ['number', 'null'], default: createValue(random) },
    c: { type: 'array', items: { type: 'integer' } },
  };
  return [
    { name: 'get', description: createText(random), parameters: { type: 'object', properties, required: ['a'] } },
  ];
}
