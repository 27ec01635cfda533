import type { AppError } from '#shared/errors/app-error.ts';
import { toPublicMessage, toRetryHeaders, type WireFailure } from '../wire-failure.ts';

/** llama-server's error: the status is repeated in the body, and the type follows from it. */
export function encodeError(error: AppError): WireFailure {
  const { status } = error;
  return {
    status,
    headers: toRetryHeaders(error),
    body: { error: { code: status, message: toPublicMessage(error), type: toType(status) } },
  };
}

function toType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 503) return 'unavailable_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
