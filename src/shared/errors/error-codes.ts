/**
 * The catalogue of every error Impetus can answer with. `status` is the default HTTP status (a dialect may differ, in
 * its own `errors.ts`); `retryable` says whether the same request may succeed later without a change by the caller.
 */
export const errorCodes = {
  // The request itself.
  'invalid-json': { status: 400, retryable: false },
  'invalid-request': { status: 400, retryable: false },
  'unsupported-field': { status: 400, retryable: false },
  'schema-unsupported': { status: 400, retryable: false },
  'context-overflow': { status: 400, retryable: false },
  'template-failed': { status: 400, retryable: false },
  'capability-missing': { status: 400, retryable: false },
  'body-too-large': { status: 413, retryable: false },
  'unsupported-media-type': { status: 415, retryable: false },
  // The gate.
  'forbidden-host': { status: 403, retryable: false },
  'forbidden-origin': { status: 403, retryable: false },
  unauthorized: { status: 401, retryable: false },
  'route-not-found': { status: 404, retryable: false },
  'method-not-allowed': { status: 405, retryable: false },
  // Models.
  'model-not-found': { status: 404, retryable: false },
  'no-default-model': { status: 404, retryable: false },
  'model-file-missing': { status: 404, retryable: false },
  'model-file-invalid': { status: 400, retryable: false },
  'model-format-unsupported': { status: 400, retryable: false },
  'model-duplicate': { status: 409, retryable: false },
  'model-in-use': { status: 409, retryable: true },
  'model-quarantined': { status: 400, retryable: false },
  'model-load-failed': { status: 500, retryable: false },
  'memory-insufficient': { status: 503, retryable: true },
  // Engines and work in progress.
  'engine-crashed': { status: 503, retryable: true },
  'engine-stalled': { status: 503, retryable: true },
  'queue-full': { status: 429, retryable: true },
  'server-paused': { status: 503, retryable: true },
  'shutting-down': { status: 503, retryable: true },
  cancelled: { status: 499, retryable: false },
  timeout: { status: 504, retryable: true },
  // The machine and the network.
  'server-unreachable': { status: 503, retryable: true },
  'port-in-use': { status: 500, retryable: false },
  'disk-full': { status: 507, retryable: false },
  'download-failed': { status: 502, retryable: true },
  'checksum-mismatch': { status: 502, retryable: true },
  'already-running': { status: 409, retryable: false },
  'not-available': { status: 501, retryable: false },
  'not-found': { status: 404, retryable: false },
  internal: { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

/** One code of the catalogue. */
export type ErrorCode = keyof typeof errorCodes;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value);
}
