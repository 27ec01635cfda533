import { readMetadataEntries } from './gguf-writer.ts';
import { writeRandomLlama, type RandomLlamaShape } from './random-llama.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Text tokens fall into this many classes by their id; an answer counts the classes down and then ends. */
const classes = 40;
const width = 64;
const vocabularySize = 49_152;
/** SmolLM2's control tokens; the third ends a turn. */
const controlTokens = 17;
const endToken = 2;
/** How much the class outweighs the random rest of a token's row, and of the next class's score. */
const classWeight = 10;
const successorWeight = 4;

/**
 * 14 MB: SmolLM2's whole tokenizer on two random layers with a 131,072-token context. Its answers end: a token of class
 * k is followed by one of class k-1, which one is up to the random layers, and after class 0 comes the end token. So
 * no answer is longer than 41 tokens, at any temperature up to 1, and it still depends on every token before.
 */
export function writeLongContextRandom(smolModel: Uint8Array): Uint8Array {
  const shape: RandomLlamaShape = {
    name: 'Long Context Random',
    seed: 2,
    layers: 2,
    width,
    feedForward: 128,
    heads: 4,
    keyValueHeads: 2,
    contextLength: 131_072,
    vocabularySize,
  };
  const raw = readMetadataEntries(smolModel).filter(({ key }) => key.startsWith('tokenizer.'));
  return writeRandomLlama({ shape, tokenizer: { raw }, rows: toRows });
}

function toRows(token: number, random: SeededRandom): { input: Float32Array; output: Float32Array } {
  const input = new Float32Array(width);
  const output = new Float32Array(width);
  for (let index = classes; index < width; index++) {
    input[index] = random.gaussian();
    output[index] = random.gaussian() * 0.5;
  }
  const ownClass = token % classes;
  input[token === endToken ? classes - 1 : ownClass] = classWeight;
  if (token === endToken) output[0] = 2 * successorWeight;
  else if (token < controlTokens) output.fill(0);
  else if (ownClass < classes - 1) output[ownClass + 1] = successorWeight;
  return { input, output };
}
