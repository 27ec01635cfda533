import { expect, test } from 'vitest';
import { logRequest, type RequestRecord } from '#main/gateway/index.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';

const record: RequestRecord = {
  requestId: 'req_1',
  method: 'POST',
  target: '/v1/chat/completions?key=secret',
  status: 200,
  durationMs: 12.3456,
  bytes: 512,
  isComplete: true,
  isRoutine: false,
};

function lineOf(overrides: Partial<RequestRecord>): Record<string, unknown> | undefined {
  const { logger, lines } = createRecordedLogger();
  logRequest(logger, { ...record, ...overrides });
  const { time: _, ...line } = lines[0] ?? {};
  return line;
}

test('one line says who, what, how long and how many tokens, without the query', () => {
  expect(lineOf({ model: 'test-model', usage: { promptTokens: 7, cachedTokens: 2, completionTokens: 3 } })).toEqual({
    level: 'info',
    msg: 'request',
    requestId: 'req_1',
    method: 'POST',
    path: '/v1/chat/completions',
    status: 200,
    durationMs: 12.35,
    bytes: 512,
    model: 'test-model',
    promptTokens: 7,
    cachedTokens: 2,
    completionTokens: 3,
  });
});

test('failures of ours are warnings, health checks are quiet', () => {
  expect(lineOf({ status: 503, errorCode: 'engine-crashed' })).toMatchObject({
    level: 'warn',
    errorCode: 'engine-crashed',
  });
  expect(lineOf({ isRoutine: true })).toMatchObject({ level: 'debug' });
});

test('a client that left is named as such', () => {
  expect(lineOf({ isComplete: false })).toMatchObject({ clientGone: true });
});

test('a long or hostile path stays one short line', () => {
  const { logger, lines } = createRecordedLogger();
  logRequest(logger, { ...record, target: `/\u001b[31m\r\ninjected${'x'.repeat(65_536)}` });
  expect(lines).toHaveLength(1);
  expect(String(lines[0]?.['path'])).toHaveLength(200);
});
