import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { errorCodes, isErrorCode } from '#shared/errors/error-codes.ts';
import { encodeError as encodeLlamaServerError } from '#main/api/llama-server/errors.ts';
import { encodeError as encodeOllamaError } from '#main/api/ollama/errors.ts';

const codes = Object.keys(errorCodes).filter(isErrorCode);

describe('Ollama', () => {
  test.each(codes)('%s is one text', (code) => {
    const { status, body } = encodeOllamaError(new AppError(code, 'What happened.'));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toEqual({ error: expect.stringMatching(/\S/) as string });
  });

  test('a load that failed is no 5xx, and neither is a wrong digest: they would fail again', () => {
    for (const code of ['model-load-failed', 'not-available', 'checksum-mismatch'] as const) {
      expect(encodeOllamaError(new AppError(code, 'x')).status).toBe(400);
    }
  });

  test('an unknown model is told by the name that was asked for, and by nothing else', () => {
    const error = new AppError('model-not-found', 'There is no model named x.', {
      data: { model: 'x' },
      hint: 'Try y.',
    });
    expect(encodeOllamaError(error)).toMatchObject({ status: 404, body: { error: "model 'x' not found" } });
  });

  test('an unforeseen failure tells nothing of itself', () => {
    const { body } = encodeOllamaError(new AppError('internal', 'ENOENT /home/ann/secret'));
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

describe('llama-server', () => {
  test.each(codes)('%s repeats its status in the body', (code) => {
    const { status, body } = encodeLlamaServerError(new AppError(code, 'What happened.'));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ error: { code: status, message: expect.any(String) as string } });
  });

  test('too long a prompt has the type and the numbers that clients look for', () => {
    const error = new AppError('context-overflow', 'Too long.', { data: { promptTokens: 5000, contextSize: 4096 } });
    expect(encodeLlamaServerError(error).body).toEqual({
      error: {
        code: 400,
        message: 'Too long.',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 5000,
        n_ctx: 4096,
      },
    });
  });
});
