import type { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import { toPublicMessage, toRetryHeaders, type WireFailure } from '../wire-failure.ts';

type OpenAiErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'
  | 'unavailable_error'
  | 'server_error';

interface ErrorRow {
  type: OpenAiErrorType;
  /** Differs from the catalogue's status where this dialect's clients need it. */
  status?: number;
  /** Differs from the catalogue's code, with `_` for `-`, where OpenAI has a name for it. */
  code?: string;
}

/** Every code of the catalogue in OpenAI's words. A failure that will happen again must not be a 5xx: those are retried. */
const rows: Readonly<Record<ErrorCode, ErrorRow>> = {
  'invalid-json': { type: 'invalid_request_error' },
  'invalid-request': { type: 'invalid_request_error' },
  'unsupported-field': { type: 'invalid_request_error' },
  'schema-unsupported': { type: 'invalid_request_error' },
  'context-overflow': { type: 'invalid_request_error', code: 'context_length_exceeded' },
  'template-failed': { type: 'invalid_request_error' },
  'capability-missing': { type: 'invalid_request_error' },
  'body-too-large': { type: 'invalid_request_error' },
  'unsupported-media-type': { type: 'invalid_request_error' },
  'forbidden-host': { type: 'permission_error' },
  'forbidden-origin': { type: 'permission_error' },
  unauthorized: { type: 'authentication_error', code: 'invalid_api_key' },
  'route-not-found': { type: 'not_found_error' },
  'method-not-allowed': { type: 'invalid_request_error' },
  'model-not-found': { type: 'invalid_request_error' },
  'no-default-model': { type: 'invalid_request_error', code: 'model_not_found' },
  'model-file-missing': { type: 'invalid_request_error' },
  'model-file-invalid': { type: 'invalid_request_error' },
  'model-format-unsupported': { type: 'invalid_request_error' },
  'model-duplicate': { type: 'invalid_request_error' },
  'model-in-use': { type: 'invalid_request_error' },
  'model-quarantined': { type: 'invalid_request_error' },
  'model-load-failed': { type: 'invalid_request_error', status: 400 },
  'memory-insufficient': { type: 'unavailable_error' },
  'engine-crashed': { type: 'unavailable_error' },
  'engine-stalled': { type: 'unavailable_error' },
  'queue-full': { type: 'rate_limit_error' },
  'server-paused': { type: 'unavailable_error' },
  'shutting-down': { type: 'unavailable_error' },
  cancelled: { type: 'invalid_request_error' },
  timeout: { type: 'unavailable_error' },
  'server-unreachable': { type: 'server_error' },
  'port-in-use': { type: 'server_error' },
  'disk-full': { type: 'server_error' },
  'download-failed': { type: 'unavailable_error' },
  'checksum-mismatch': { type: 'unavailable_error' },
  'already-running': { type: 'invalid_request_error' },
  'not-available': { type: 'invalid_request_error', status: 400 },
  'not-found': { type: 'not_found_error' },
  internal: { type: 'server_error' },
};

/** The answer that tells an OpenAI client what went wrong. */
export function encodeError(error: AppError): WireFailure {
  const row = rows[error.code];
  return {
    status: isPreviousMissing(error) ? 400 : (row.status ?? error.status),
    headers: toRetryHeaders(error),
    body: {
      error: {
        message: toMessage(error),
        type: row.type,
        param: readParam(error),
        code: toCode(error),
        ...contextNumbers(error),
      },
    },
  };
}

function toCode(error: AppError): string {
  if (isPreviousMissing(error)) return 'previous_response_not_found';
  return rows[error.code].code ?? error.code.replaceAll('-', '_');
}

/** An answer to go on from is a parameter, not the thing that was asked for. */
function isPreviousMissing({ code, data }: AppError): boolean {
  return code === 'not-found' && data?.['param'] === 'previous_response_id';
}

/** The same, inside a stream that has already begun. */
export function encodeErrorEvent(error: AppError): string {
  return `data: ${JSON.stringify(encodeError(error).body)}\n\n`;
}

function toMessage(error: AppError): string {
  return error.code === 'context-overflow' ? toOverflowMessage(error) : toPublicMessage(error);
}

/** Clients look for these words to shorten a conversation. */
function toOverflowMessage(error: AppError): string {
  const { promptTokens, contextSize } = error.data ?? {};
  if (typeof promptTokens !== 'number' || typeof contextSize !== 'number') return error.message;
  return (
    `This model's maximum context length is ${contextSize} tokens. However, your messages resulted in ` +
    `${promptTokens} tokens. Please reduce the length of the messages.`
  );
}

function contextNumbers({ code, data }: AppError): object {
  if (code !== 'context-overflow') return {};
  return { n_prompt_tokens: data?.['promptTokens'], n_ctx: data?.['contextSize'] };
}

function readParam({ code, data }: AppError): string | null {
  if (typeof data?.['param'] === 'string') return data['param'];
  switch (code) {
    case 'model-not-found':
    case 'no-default-model':
      return 'model';
    default:
      return null;
  }
}
