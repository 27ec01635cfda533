import { z } from 'zod';
import type { LogitBias } from '#shared/domain/generation.ts';

const maxEntries = 200_000;
/** OpenAI's bound: 100 is as good as always or never. llama-server's pairs have none. */
const maxBias = { map: 100, pairs: 1_000_000 } as const;
const maxTokenId = 0x7fff_ffff;

/** A fault of one entry; `path` leads to it from the field. */
class BiasFault extends Error {
  readonly path: PropertyKey[];

  constructor(path: PropertyKey[], message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Biases as OpenAI sends them (`{"15043": -100}`) or as llama-server does (`[[15043, -1], ["text", false]]`); `false`
 * forbids a token. Checked by hand and counted first: a million entries are refused without looking at them.
 */
export const logitBiasSchema = z.unknown().transform((value, context): LogitBias[] => {
  try {
    return Array.isArray(value) ? decodeList(value) : decodeMap(value);
  } catch (error) {
    if (!(error instanceof BiasFault)) throw error;
    context.addIssue({ code: 'custom', path: error.path, message: error.message });
    return z.NEVER;
  }
});

function decodeMap(value: unknown): LogitBias[] {
  if (typeof value !== 'object' || value === null) {
    throw new BiasFault([], 'expected an object of token ids or a list of pairs');
  }
  const keys = Object.keys(value);
  checkCount(keys.length);
  return keys.map((key) => ({
    token: decodeKey(key),
    bias: decodeBias((value as Record<string, unknown>)[key], [key], maxBias.map),
  }));
}

/** Keys of digits are ids, others texts. */
function decodeKey(key: string): number | string {
  return /^-?\d+$/.test(key) ? checkId(Number(key), [key]) : checkText(key, [key]);
}

function decodeList(pairs: readonly unknown[]): LogitBias[] {
  checkCount(pairs.length);
  return pairs.map((pair, index) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new BiasFault([index], 'expected a pair of a token and its bias');
    }
    const [token, bias] = pair as [unknown, unknown];
    return { token: decodeToken(token, [index, 0]), bias: decodeBias(bias, [index, 1], maxBias.pairs) };
  });
}

function decodeToken(token: unknown, path: PropertyKey[]): number | string {
  if (typeof token === 'number') return checkId(token, path);
  if (typeof token === 'string') return checkText(token, path);
  throw new BiasFault(path, 'expected a token id or a text');
}

function checkCount(count: number): void {
  if (count > maxEntries) throw new BiasFault([], `more than ${maxEntries} entries`);
}

function checkId(id: number, path: PropertyKey[]): number {
  if (Number.isInteger(id) && id >= 0 && id <= maxTokenId) return id;
  throw new BiasFault(path, 'this is no token id');
}

function checkText(text: string, path: PropertyKey[]): string {
  if (text !== '' && text.length <= 4_096 && text.isWellFormed()) return text;
  throw new BiasFault(path, 'expected a text of 1 to 4096 characters');
}

function decodeBias(bias: unknown, path: PropertyKey[], bound: number): number | null {
  if (bias === false) return null;
  if (typeof bias === 'number' && bias >= -bound && bias <= bound) return bias;
  throw new BiasFault(path, `expected a number from -${bound} to ${bound}, or false`);
}
