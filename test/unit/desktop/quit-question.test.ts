import { expect, test } from 'vitest';
import { quitQuestion } from '#main/desktop/quit-question.ts';
import { busyServer, readyServer } from './states.ts';

test('nothing is asked while nothing runs, or when the server does not answer', () => {
  expect(quitQuestion(readyServer)).toBeUndefined();
  expect(quitQuestion(undefined)).toBeUndefined();
});

test('running and waiting requests are counted, and there is a way back', () => {
  const question = quitQuestion({ ...busyServer, queuedRequests: 1 });
  expect(question?.message).toBe('Quit while 3 requests are running?');
  expect(question?.answers).toEqual([
    { label: 'Quit now', answer: 'quit-now' },
    { label: 'Cancel', answer: 'cancel' },
    { label: 'Finish, then quit', answer: 'finish-first' },
  ]);
  expect(quitQuestion({ ...readyServer, activeRequests: 1 })?.message).toBe('Quit while 1 request is running?');
});
