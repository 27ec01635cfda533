import type { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import { toPublicMessage, toRetryHeaders, type WireFailure } from '../wire-failure.ts';

/** Statuses that differ from the catalogue's: a failure that will happen again must not be a 5xx, those are retried. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'model-load-failed': 400,
  'not-available': 400,
  // Only what a client sends is compared here.
  'checksum-mismatch': 400,
};

/** Ollama's error: one text. Its clients look for some of them word by word. */
export function encodeError(error: AppError): WireFailure {
  return {
    status: statuses[error.code] ?? error.status,
    headers: toRetryHeaders(error),
    body: { error: toMessage(error) },
  };
}

/** The same as a line of a stream that has already begun. */
export function encodeErrorLine(error: AppError): string {
  return `${JSON.stringify(encodeError(error).body)}\n`;
}

function toMessage(error: AppError): string {
  const { code, data } = error;
  switch (code) {
    case 'model-not-found':
      return typeof data?.['model'] === 'string' ? `model '${data['model']}' not found` : toPublicMessage(error);
    case 'context-overflow':
      return toOverflowMessage(error);
    case 'cancelled':
      return 'request canceled';
    default:
      return toPublicMessage(error);
  }
}

function toOverflowMessage(error: AppError): string {
  const { promptTokens, contextSize } = error.data ?? {};
  if (typeof promptTokens !== 'number' || typeof contextSize !== 'number') return toPublicMessage(error);
  return `the input length exceeds the context length: ${promptTokens} tokens, the context holds ${contextSize}`;
}
