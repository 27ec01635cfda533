import { z } from 'zod';
import { errorCodes, isErrorCode, type ErrorCode } from './error-codes.ts';

export interface AppErrorOptions {
  /** What the user can do next, as one sentence. */
  hint?: string | undefined;
  /** JSON-safe facts for programs: the parameter's name, numbers, nearest names. Never secrets, never prompts. */
  data?: Record<string, unknown> | undefined;
  cause?: unknown;
}

/** An error as it travels between processes and over the control contract. */
export const wireErrorSchema = z.strictObject({
  code: z.string().refine(isErrorCode),
  message: z.string(),
  hint: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});
export type WireError = z.infer<typeof wireErrorSchema>;

const brand = Symbol.for('impetus.app-error');

/** The one error class: the message names the thing, the hint names the next step, the code is from the catalogue. */
export class AppError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly data: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint;
    this.data = options.data;
  }

  get status(): number {
    return errorCodes[this.code].status;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.data === undefined ? {} : { data: this.data }),
    };
  }

  static fromWire(error: WireError): AppError {
    return new AppError(error.code, error.message, { hint: error.hint, data: error.data });
  }
}

/** True for an AppError, also one from a second copy of this module. */
export function isAppError(value: unknown): value is AppError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** Any thrown value as an AppError; aborts become `cancelled`, unknown values `internal` with the cause kept. */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('cancelled', 'The request was cancelled.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', message, { cause: thrown });
}
