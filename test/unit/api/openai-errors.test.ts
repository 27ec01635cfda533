import { expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { errorCodes, isErrorCode } from '#shared/errors/error-codes.ts';
import { encodeError } from '#main/api/openai/errors.ts';

test.each(Object.keys(errorCodes).filter(isErrorCode))('%s has a status, a type and a code', (code) => {
  const { status, body } = encodeError(new AppError(code, 'What happened.'));
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).toMatchObject({
    error: { message: expect.any(String) as string, type: expect.any(String) as string },
  });
  expect((body as { error: { code: string } }).error.code).toMatch(/^[a-z_]+$/);
});

test('too long a prompt, in the words that clients look for', () => {
  const error = new AppError('context-overflow', 'x', { data: { promptTokens: 5000, contextSize: 4096 } });
  expect(encodeError(error)).toEqual({
    status: 400,
    headers: { 'x-should-retry': 'false' },
    body: {
      error: {
        message:
          "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens. Please reduce the length of the messages.",
        type: 'invalid_request_error',
        param: null,
        code: 'context_length_exceeded',
        n_prompt_tokens: 5000,
        n_ctx: 4096,
      },
    },
  });
});

test('an unknown model names the next step', () => {
  const error = new AppError('model-not-found', 'There is no model "x".', { hint: 'Did you mean y?' });
  expect(encodeError(error)).toEqual({
    status: 404,
    headers: { 'x-should-retry': 'false' },
    body: {
      error: {
        message: 'There is no model "x". Did you mean y?',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
      },
    },
  });
});

test('what may work later says when', () => {
  const error = new AppError('server-paused', 'Paused.', { data: { retryAfterSeconds: 4.2 } });
  expect(encodeError(error)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
});

test('a load that failed is no 5xx: the same request would fail again and again', () => {
  expect(encodeError(new AppError('model-load-failed', 'x')).status).toBe(400);
});

test('an unforeseen failure tells nothing of itself', () => {
  const { status, body } = encodeError(new AppError('internal', 'ENOENT /home/ann/secret at foo.ts:12'));
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain('secret');
});
