import { expect, test } from 'vitest';
import { answerToken, makeTrace, type TraceRequest } from '#scripts/bench/agent-trace.ts';
import { PrefixTrie } from '#scripts/bench/prefix-trie.ts';

const shape = {
  turns: 20,
  system: 100,
  block: 10,
  answer: 4,
  side: 12,
  subAgent: { system: 50, turns: 3 },
};
const steps = makeTrace(shape, { agent: 5, conversation: 900 });
const requests = steps.flat();
const ofKind = (kind: TraceRequest['kind']): TraceRequest[] => requests.filter((request) => request.kind === kind);

test('a trace has its turns, one title, one summary and the turns of a sub-agent', () => {
  expect(ofKind('turn')).toHaveLength(20);
  expect(ofKind('title')).toHaveLength(1);
  expect(ofKind('summary')).toHaveLength(1);
  expect(ofKind('sub-agent')).toHaveLength(3);
});

test('every turn repeats the turn before it and its answer, then adds something new', () => {
  for (const kind of ['turn', 'sub-agent'] as const) {
    const turns = ofKind(kind);
    for (const [index, { prompt }] of turns.slice(1).entries()) {
      const said = [...(turns[index]?.prompt ?? []), answerToken, answerToken, answerToken, answerToken];
      expect(prompt.slice(0, said.length)).toEqual(said);
      expect(prompt.length).toBeGreaterThanOrEqual(said.length + 5);
    }
  }
});

test('the title is asked for beside the second turn, the summary beside a turn half-way', () => {
  expect(steps[1]?.map(({ kind }) => kind)).toEqual(['turn', 'title']);
  const withSummary = steps.find((step) => step.some(({ kind }) => kind === 'summary')) ?? [];
  expect(withSummary[0]?.prompt).toBe(ofKind('turn')[10]?.prompt);
});

test('the turns wait for the sub-agent', () => {
  expect(steps.slice(5, 10).map((step) => step.map(({ kind }) => kind))).toEqual([
    ['turn'],
    ['sub-agent'],
    ['sub-agent'],
    ['sub-agent'],
    ['turn'],
  ]);
});

test('conversations of one agent share its system prompt and no more; the same seeds give the same trace', () => {
  const [first] = ofKind('turn');
  const [again] = makeTrace(shape, { agent: 5, conversation: 900 }).flat();
  const [other] = makeTrace(shape, { agent: 5, conversation: 5000 }).flat();
  expect(again).toEqual(first);
  const trie = new PrefixTrie();
  trie.add(first?.prompt ?? []);
  expect(trie.commonLength(other?.prompt ?? [])).toBe(100);
});
