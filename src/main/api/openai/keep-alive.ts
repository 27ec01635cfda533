import { z } from 'zod';

const pattern = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)?$/;
const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const longestMs = 365 * 24 * unitMs.h;

/** Seconds, or a number with a unit (`5m`), as ms; negative keeps the model for ever (-1). */
export const keepAliveSchema = z
  .union([z.number(), z.string().regex(pattern, 'expected seconds or a text such as "5m"')])
  .transform((value) => toMilliseconds(value))
  .refine((milliseconds) => milliseconds <= longestMs, 'it is longer than a year');

function toMilliseconds(value: number | string): number {
  if (typeof value === 'number') return value < 0 ? -1 : Math.round(value * 1000);
  const [, amount, unit] = pattern.exec(value) ?? [];
  const milliseconds = Number(amount) * unitMs[(unit ?? 's') as keyof typeof unitMs];
  return milliseconds < 0 ? -1 : Math.round(milliseconds);
}
