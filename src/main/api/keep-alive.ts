import { z } from 'zod';

const number = String.raw`\d+(?:\.\d*)?|\.\d+`;
const units = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 } as const;
const part = `(?:${number})(?:${Object.keys(units).join('|')})`;
/** Seconds, or Go's notation: `300ms`, `5m`, `1h30m`. */
const pattern = new RegExp(`^-?(?:${number}|(?:${part})+)$`);
const partPattern = new RegExp(`(${number})(h|ms|m|s|us|µs|ns)`, 'g');
const longestMs = 365 * 24 * units.h;

/** Seconds, or a text with units (`5m`, `1h30m`), as ms; negative keeps the model for ever (-1). */
export const keepAliveSchema = z
  .union([z.number(), z.string().max(64).regex(pattern, 'expected seconds or a text such as "5m"')])
  .transform((value) => toMilliseconds(value))
  .refine((milliseconds) => milliseconds <= longestMs, 'it is longer than a year');

function toMilliseconds(value: number | string): number {
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return seconds < 0 ? -1 : Math.round(seconds * units.s);
  const text = String(value);
  if (text.startsWith('-')) return -1;
  const parts = [...text.matchAll(partPattern)];
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit as keyof typeof units], 0);
  return Math.round(total);
}
