import type { z } from 'zod';
import type { ErrorCode } from '../errors/error-codes.ts';

/** One question, one answer. */
export interface Command<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: 'command';
  readonly input: Input;
  readonly output: Output;
  /** Codes a caller should expect beside `invalid-request` and `internal`. */
  readonly errors: readonly ErrorCode[];
}

/** One question, a stream of events; the caller may cancel. */
export interface Channel<Input extends z.ZodType = z.ZodType, Event extends z.ZodType = z.ZodType> {
  readonly kind: 'channel';
  readonly input: Input;
  readonly event: Event;
}

/** A value that changes: the present one on subscribing, then every change. */
export interface Signal<Value extends z.ZodType = z.ZodType> {
  readonly kind: 'signal';
  readonly value: Value;
}

export function command<Input extends z.ZodType, Output extends z.ZodType>(
  input: Input,
  output: Output,
  errors: readonly ErrorCode[] = [],
): Command<Input, Output> {
  return { kind: 'command', input, output, errors };
}

export function channel<Input extends z.ZodType, Event extends z.ZodType>(
  input: Input,
  event: Event,
): Channel<Input, Event> {
  return { kind: 'channel', input, event };
}

export function signal<Value extends z.ZodType>(value: Value): Signal<Value> {
  return { kind: 'signal', value };
}
