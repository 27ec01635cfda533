import { expect, test } from 'vitest';
import { decodeAnswerFields } from '#main/api/ollama/answer-fields.ts';

test.each([
  ['max', 'xhigh', ['think=xhigh']],
  ['high', 'high', []],
  [true, undefined, []],
] as const)('thinking %j has the effort %j, and what differs is told', (think, effort, applied) => {
  const decoded = decodeAnswerFields({ think });
  expect([decoded.request.reasoning?.effort, decoded.applied]).toEqual([effort, applied]);
});
