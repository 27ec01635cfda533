import type { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import { toPublicMessage, toRetryHeaders, type WireFailure } from '../wire-failure.ts';

type AnthropicErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'api_error'
  | 'overloaded_error';

interface ErrorRow {
  type: AnthropicErrorType;
  /** Differs from the catalogue's status where this dialect has one of its own. */
  status?: number;
}

const invalid: ErrorRow = { type: 'invalid_request_error' };
/** Anthropic's own status; its clients come back later. */
const overloaded: ErrorRow = { type: 'overloaded_error', status: 529 };

/** Every code of the catalogue in Anthropic's words. What will fail again must not be a 5xx: those are retried. */
const rows: Readonly<Record<ErrorCode, ErrorRow>> = {
  'invalid-json': invalid,
  'invalid-request': invalid,
  'unsupported-field': invalid,
  'schema-unsupported': invalid,
  'context-overflow': invalid,
  'template-failed': invalid,
  'capability-missing': invalid,
  'body-too-large': { type: 'request_too_large' },
  'unsupported-media-type': invalid,
  'forbidden-host': { type: 'permission_error' },
  'forbidden-origin': { type: 'permission_error' },
  unauthorized: { type: 'authentication_error' },
  'route-not-found': { type: 'not_found_error' },
  'method-not-allowed': invalid,
  'model-not-found': { type: 'not_found_error' },
  'no-default-model': { type: 'not_found_error' },
  'model-file-missing': { type: 'not_found_error' },
  'model-file-invalid': invalid,
  'model-format-unsupported': invalid,
  'model-duplicate': invalid,
  'model-in-use': invalid,
  'model-quarantined': invalid,
  'model-load-failed': { type: 'invalid_request_error', status: 400 },
  'memory-insufficient': overloaded,
  'engine-crashed': overloaded,
  'engine-stalled': overloaded,
  'queue-full': { type: 'rate_limit_error' },
  'server-paused': overloaded,
  'shutting-down': overloaded,
  cancelled: invalid,
  timeout: { type: 'timeout_error' },
  'server-unreachable': { type: 'api_error' },
  'port-in-use': { type: 'api_error' },
  'disk-full': { type: 'api_error' },
  'download-failed': { type: 'api_error' },
  'checksum-mismatch': { type: 'api_error' },
  'already-running': invalid,
  'not-available': { type: 'invalid_request_error', status: 400 },
  'not-found': { type: 'not_found_error' },
  internal: { type: 'api_error' },
};

/** The answer that tells an Anthropic client what went wrong. */
export function encodeError(error: AppError, requestId: string): WireFailure {
  const row = rows[error.code];
  return {
    status: row.status ?? error.status,
    headers: { ...toRetryHeaders(error), 'request-id': requestId },
    body: { type: 'error', error: { type: row.type, message: toMessage(error) }, request_id: requestId },
  };
}

/** The same, inside a stream that has already begun. */
export function encodeErrorEvent(error: AppError, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(encodeError(error, requestId).body)}\n\n`;
}

/** Claude Code reads both numbers out of these words, and shortens its conversation. */
function toMessage(error: AppError): string {
  const { promptTokens, contextSize } = error.data ?? {};
  if (error.code !== 'context-overflow' || typeof promptTokens !== 'number' || typeof contextSize !== 'number') {
    return toPublicMessage(error);
  }
  return `prompt is too long: ${promptTokens} tokens > ${contextSize} maximum`;
}
