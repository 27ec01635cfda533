import type { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import { toPublicMessage, toRetryHeaders, type WireFailure } from '../wire-failure.ts';

/** Statuses that differ from the catalogue's: a failure that will happen again must not be a 5xx, those are retried. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'model-load-failed': 400,
  'not-available': 400,
  'queue-full': 503,
};

/** llama-server's error: the status is repeated in the body, and the type follows from it. */
export function encodeError(error: AppError): WireFailure {
  const status = statuses[error.code] ?? error.status;
  return {
    status,
    headers: toRetryHeaders(error),
    body: { error: { code: status, message: toPublicMessage(error), type: toType(status), ...overflowNumbers(error) } },
  };
}

/** Clients look for this type and these numbers to shorten a prompt. */
function overflowNumbers({ code, data }: AppError): object {
  if (code !== 'context-overflow') return {};
  const { promptTokens, contextSize } = data ?? {};
  return { type: 'exceed_context_size_error', n_prompt_tokens: promptTokens, n_ctx: contextSize };
}

function toType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 503) return 'unavailable_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
