import { AppError } from '#shared/errors/app-error.ts';
import type { EmbeddingsBody } from './schema.ts';

/** One text or one token list stands for a list of one. Errors: `invalid-request` for an empty list. */
export function decodeInputs({ input }: EmbeddingsBody): (string | number[])[] {
  if (typeof input === 'string') return [input];
  if (input.length === 0) {
    throw new AppError('invalid-request', 'There is no input.', {
      hint: 'Send at least one text.',
      data: { param: 'input' },
    });
  }
  return isTokenList(input) ? [input] : input;
}

function isTokenList(input: readonly unknown[]): input is number[] {
  return typeof input[0] === 'number';
}
