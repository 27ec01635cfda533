import { readGgufFileInfo } from 'node-llama-cpp';
import { z } from 'zod';
import { bytesOfBytePairText } from '#main/engines/llama-cpp/byte-pair-text.ts';
import type { TokenVocabulary } from '#main/decoding/grammar/index.ts';
import { seededRandom } from './statistics.ts';

const controlType = 3;
const tokenizerSchema = z.object({
  tokenizer: z.object({
    ggml: z.object({ tokens: z.array(z.string()), token_type: z.array(z.number()), eos_token_id: z.number() }),
  }),
});

/** A vocabulary as plain data. */
export interface ListedVocabulary extends TokenVocabulary {
  readonly texts: readonly Uint8Array[];
}

/** The byte-pair vocabulary of a GGUF file, read without loading the model. */
export async function readGgufVocabulary(path: string): Promise<ListedVocabulary> {
  const { metadata } = await readGgufFileInfo(path);
  const { tokens, token_type: types, eos_token_id: end } = tokenizerSchema.parse(metadata).tokenizer.ggml;
  const specials = new Set([...types.keys()].filter((token) => types[token] === controlType));
  return toVocabulary(tokens.map(bytesOfBytePairText), specials, [end]);
}

/** As large as those of new models: the given one, more words put together from its word parts, and foreign words. */
export function enlargeVocabulary(small: ListedVocabulary, size: number): ListedVocabulary {
  const random = seededRandom(7);
  const parts = small.texts.filter((text) => /^ ?[A-Za-z]{2,6}$/.test(Buffer.from(text).toString('latin1')));
  const pick = () => parts[Math.floor(random() * parts.length)] ?? new Uint8Array(0);
  const texts = [...small.texts];
  while (texts.length < size) {
    const word = Buffer.concat([pick(), Buffer.from(Buffer.from(pick()).toString().trim())]);
    texts.push(random() < 0.3 ? foreignWord(random) : word);
  }
  const specials = new Set([...small.texts.keys()].filter((token) => small.isSpecial(token)));
  const ends = [...small.texts.keys()].filter((token) => small.isEndOfGeneration(token));
  return toVocabulary(texts, specials, ends);
}

/** A Chinese word of one to three characters or a Cyrillic one of two to eight. */
function foreignWord(random: () => number): Uint8Array {
  const isChinese = random() < 0.5;
  const length = isChinese ? 1 + Math.floor(random() * 3) : 2 + Math.floor(random() * 7);
  const [first, count] = isChinese ? [0x4e00, 3000] : [0x430, 32];
  const codePoints = Array.from({ length }, () => first + Math.floor(random() * count));
  return Buffer.from(String.fromCodePoint(...codePoints));
}

function toVocabulary(
  texts: readonly Uint8Array[],
  specials: ReadonlySet<number>,
  ends: readonly number[],
): ListedVocabulary {
  return {
    texts,
    size: texts.length,
    bytesOf: (token) => texts[token] ?? new Uint8Array(0),
    isSpecial: (token) => specials.has(token),
    isEndOfGeneration: (token) => ends.includes(token),
  };
}
