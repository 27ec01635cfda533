import type { AppError } from '#shared/errors/app-error.ts';
import type { ErrorCode } from '#shared/errors/error-codes.ts';

/** The CLI's exit codes: others' scripts rely on them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, noServer: 3, unknownModel: 4, interrupted: 130 } as const;

const byError: Partial<Record<ErrorCode, number>> = {
  'server-unreachable': exitCodes.noServer,
  'port-in-use': exitCodes.noServer,
  'model-not-found': exitCodes.unknownModel,
  'no-default-model': exitCodes.unknownModel,
  cancelled: exitCodes.interrupted,
};

/** The exit code of a command that ended with this error; faults in how it was written are `usage`, found earlier. */
export function toExitCode(error: AppError): number {
  return byError[error.code] ?? exitCodes.failed;
}
