import type { AppError } from '#shared/errors/app-error.ts';

/** An error as one dialect answers it. */
export interface WireFailure {
  status: number;
  headers: Record<string, string>;
  body: object;
}

/** `requestId` is for dialects that repeat it in the body. */
export type ErrorEncoder = (error: AppError, requestId: string) => WireFailure;

/** The official OpenAI clients ask `x-should-retry` before they guess from the status; others read `retry-after`. */
export function toRetryHeaders(error: AppError): Record<string, string> {
  if (!error.retryable) return { 'x-should-retry': 'false' };
  const seconds = error.data?.['retryAfterSeconds'];
  return { 'retry-after': String(typeof seconds === 'number' ? Math.ceil(seconds) : 1) };
}

/** What may be said to a caller: the reason of an unforeseen failure stays in the log. */
export function toPublicMessage(error: AppError): string {
  if (error.code === 'internal') {
    return 'Impetus failed to answer this request. The log tells why, under the id in x-request-id.';
  }
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}
