import type { AppError } from '#shared/errors/app-error.ts';
import { encodeError } from '../errors.ts';
import type { OutputItem } from './output-items.ts';
import { encodeResponse, type ResponseFacts, type ResponseObject } from './response-object.ts';

/** The answer that failed on its way, with the code that a failure before it would have had. */
export function encodeFailure(facts: ResponseFacts, error: AppError, output: readonly OutputItem[]): ResponseObject {
  const { body } = encodeError(error);
  const { code, message } = (body as { error: { code: string; message: string } }).error;
  return encodeResponse(facts, { status: 'failed', output, error: { code, message } });
}
