import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { errorCodes, type ErrorCode } from '#shared/errors/error-codes.ts';
import { encodeError, encodeErrorEvent } from '#main/api/anthropic/errors.ts';

/** Statuses that belong to a type, in Anthropic's own list. */
const statusesOf: Readonly<Record<string, readonly number[]>> = {
  invalid_request_error: [400, 405, 409, 415, 499],
  authentication_error: [401],
  permission_error: [403],
  not_found_error: [404],
  request_too_large: [413],
  rate_limit_error: [429],
  timeout_error: [504],
  api_error: [500, 502, 503, 507],
  overloaded_error: [529],
};

describe.each(Object.keys(errorCodes) as ErrorCode[])('%s', (code) => {
  const error = new AppError(code, 'What happened.', { hint: 'What to do.' });
  const { status, headers, body } = encodeError(error, 'req_1');

  test('has a type of this API with its status, and the id of the request twice', () => {
    const { error: inner, request_id: id, type } = body as Record<string, { type: string; message: string }>;
    expect([type, id, headers['request-id']]).toEqual(['error', 'req_1', 'req_1']);
    expect(statusesOf[inner?.type ?? '']).toContain(status);
    if (code !== 'internal') expect(inner?.message).toBe('What happened. What to do.');
  });

  test('is tried again exactly when that can help', () => {
    expect(headers['x-should-retry'] === 'false').toBe(!errorCodes[code].retryable);
    expect(headers['retry-after'] !== undefined).toBe(errorCodes[code].retryable);
  });
});

test('an over-long prompt has both numbers in the words clients look for; without numbers it has its own', () => {
  const data = { promptTokens: 9000, contextSize: 4096 };
  const told = encodeError(new AppError('context-overflow', 'Too long.', { data }), 'r');
  expect(told.body).toMatchObject({ error: { message: 'prompt is too long: 9000 tokens > 4096 maximum' } });
  const bare = encodeError(new AppError('context-overflow', 'Too long.'), 'r');
  expect(bare.body).toMatchObject({ error: { message: 'Too long.' } });
});

test('inside a stream it is one event; what went wrong inside is not told', () => {
  expect(encodeErrorEvent(new AppError('internal', 'secret path'), 'req_1')).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"Impetus failed to answer this ' +
      'request. The log tells why, under the id in x-request-id."},"request_id":"req_1"}\n\n',
  );
});
