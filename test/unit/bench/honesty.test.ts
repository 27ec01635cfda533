import { expect, test } from 'vitest';
import type { ChatAnswer } from '#scripts/bench/chat-answer.ts';
import { decideFate } from '#scripts/bench/schema-honesty.ts';
import { findFault, makeToolCases, toolShelf, toToolRequest, type ToolCase } from '#scripts/bench/tool-cases.ts';

function answerOf(content: string, { finish = 'stop', applied = '', status = 200 } = {}) {
  const body = {
    choices: [{ message: { content }, finish_reason: finish }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  };
  return { status, applied, body, ms: 1 };
}

test('an answer is silently wrong when a sound judge refuses it, or it is no JSON, and nothing said so', () => {
  expect(decideFate(answerOf('1'), { ajv: [null], python: [null] }).fate).toBe('enforced');
  expect(decideFate(answerOf('1'), { ajv: [null], python: ['not a text'] })).toEqual({
    fate: 'wrong',
    why: '1: not a text',
  });
  expect(decideFate(answerOf('Hello'), undefined)).toEqual({ fate: 'wrong', why: 'no JSON: Hello' });
  expect(decideFate(answerOf('1', { applied: 'response_format.pattern' }), { ajv: ['no'] }).fate).toBe('told');
});

test('what was refused, cut, broken or judged by nobody is told apart', () => {
  expect(decideFate(answerOf('', { status: 400 }), undefined).fate).toBe('refused');
  expect(decideFate(answerOf('', { status: 500 }), undefined).fate).toBe('failed');
  expect(decideFate(answerOf('{"a":', { finish: 'length' }), undefined).fate).toBe('cut');
  expect(decideFate(answerOf('1'), {}).fate).toBe('unjudged');
});

const light = toolShelf.filter(({ function: { name } }) => name === 'set_light');
const caseOf = (mode: ToolCase['mode'], named?: string): ToolCase => ({
  ...{ mode, tools: light, question: 'Dark!', isParallel: false },
  ...(named === undefined ? {} : { named }),
});
const says = (content: string): ChatAnswer => ({
  ...{ content, calls: [], finishReason: 'stop', promptTokens: 1, completionTokens: 1 },
});
const calls = (name: string, json: string, finishReason = 'tool_calls'): ChatAnswer => ({
  ...says(''),
  ...{ calls: [{ name, arguments: json }], finishReason },
});
const good = '{"room":"hall","on":true}';

test('a required call must come, be whole, be offered, and have valid arguments', () => {
  expect(findFault(caseOf('required'), calls('set_light', good))).toBeUndefined();
  expect(findFault(caseOf('required'), says('No.'))).toBe('no call (stop): No.');
  expect(findFault(caseOf('required'), calls('set_light', '{"room":"attic","on":true}'))).toContain(
    'set_light: data/room',
  );
  expect(findFault(caseOf('required'), calls('set_light', '{"room":'))).toContain('no JSON');
  expect(findFault(caseOf('required'), calls('set_light', good, 'length'))).toContain('a call that was cut');
  expect(findFault(caseOf('required'), calls('ping', '{}'))).toContain('not offered');
});

test('several calls may come where that is allowed, and the last of them be cut where the answer says so', () => {
  const one = { name: 'set_light', arguments: good };
  const many = { ...says(''), calls: [one, one, { name: 'set_light', arguments: '{"ro' }], finishReason: 'length' };
  const parallel = { ...caseOf('required'), isParallel: true };
  expect(findFault(caseOf('required'), many)).toBe('3 calls although one is allowed');
  expect(findFault(parallel, many)).toBeUndefined();
  expect(findFault(parallel, { ...many, finishReason: 'tool_calls' })).toContain('no JSON');
});

test('a named call must be of that tool; without calls there must be none; a free answer has no markers', () => {
  expect(findFault(caseOf('named', 'set_light'), calls('set_light', good))).toBeUndefined();
  expect(findFault(caseOf('named', 'ping'), calls('set_light', good))).toBe('not ping: set_light');
  expect(findFault(caseOf('none'), says('Done.'))).toBeUndefined();
  expect(findFault(caseOf('none'), calls('set_light', good))).toContain('there must be none');
  expect(findFault(caseOf('auto'), says('Done.'))).toBeUndefined();
  expect(findFault(caseOf('auto'), says('<tool_call>'))).toContain('a marker');
  expect(findFault(caseOf('forged'), calls('delete_everything', '{}'))).toContain('not offered');
});

test('the cases are the same for a seed, as many of each mode, and name a tool that is offered', () => {
  const cases = makeToolCases(50, 3);
  expect(makeToolCases(50, 3)).toEqual(cases);
  expect(makeToolCases(50, 4)).not.toEqual(cases);
  expect(cases.filter(({ mode }) => mode === 'named')).toHaveLength(10);
  for (const { mode, named, tools } of cases) {
    expect(tools.some(({ function: { name } }) => name === named)).toBe(mode === 'named');
  }
  expect(toToolRequest(caseOf('named', 'set_light'), 7)).toMatchObject({
    seed: 7,
    tool_choice: { type: 'function', function: { name: 'set_light' } },
  });
});
