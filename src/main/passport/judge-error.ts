import type { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';
import type { PassportVerdict } from '#shared/domain/passport.ts';

/** Codes that tell something else of the model than a failure; `throw`: nothing at all, so the test cannot go on. */
const verdicts: Partial<Record<ErrorCode, PassportVerdict | 'throw'>> = {
  'capability-missing': 'not-applicable',
  'not-available': 'not-applicable',
  'unsupported-field': 'not-applicable',
  'context-overflow': 'not-measured',
  cancelled: 'throw',
  'shutting-down': 'throw',
  'server-paused': 'throw',
  'model-not-found': 'throw',
  'model-file-missing': 'throw',
  'model-file-invalid': 'throw',
  'model-quarantined': 'throw',
  'model-load-failed': 'throw',
  'memory-insufficient': 'throw',
};

/** What an error says about the model. */
export function judgeError({ code }: AppError): PassportVerdict | 'throw' {
  return verdicts[code] ?? 'fail';
}

/** The engine's process has died or hangs: asking on would only kill the next one. */
export function isDeath({ code }: AppError): boolean {
  return code === 'engine-crashed' || code === 'engine-stalled';
}
