import { AppError, isAppError, toAppError } from '#shared/errors/app-error.ts';
import { bodyLimitBytes } from '../gateway/index.ts';

/** Whatever was thrown on the way to an answer, as an error of the catalogue. */
export function toApiError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const { code, statusCode } = readFrameworkError(thrown);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('body-too-large', `The body is larger than ${bodyLimitBytes / 1024 / 1024} MiB.`, {
        hint: 'Send less at once.',
      });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new AppError('invalid-request', 'The body is not as long as its Content-Length says.');
    case 'FST_ERR_BAD_URL':
      return new AppError('invalid-request', 'The path of the request is not valid.', {
        hint: 'Check its percent-encoding.',
      });
    case 'ECONNRESET':
      return new AppError('cancelled', 'The client has closed the connection.');
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new AppError('invalid-request', 'The request cannot be read.', { cause: thrown })
        : toAppError(thrown);
  }
}

function readFrameworkError(thrown: unknown): { code?: unknown; statusCode?: number | undefined } {
  if (typeof thrown !== 'object' || thrown === null) return {};
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  return { code, statusCode: typeof statusCode === 'number' ? statusCode : undefined };
}
