import { writeGguf, type GgufEntry, type GgufTensor, type GgufValue } from './gguf-writer.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

/** Shape of a random-weight transformer; every field may be wrong on purpose in a test. */
export interface RandomLlamaShape {
  /** GGUF architecture name. Default `llama`. */
  architecture?: string;
  name: string;
  seed: number;
  layers: number;
  /** Width of the hidden state. */
  width: number;
  feedForward: number;
  heads: number;
  keyValueHeads: number;
  contextLength: number;
  vocabularySize: number;
}

export interface RandomLlama {
  shape: RandomLlamaShape;
  /** Further metadata, or other values for what the shape gives. */
  metadata?: Readonly<Record<string, GgufValue>>;
  /** The layers of another architecture. Default: those of a llama. */
  toLayers?: (shape: RandomLlamaShape, random: SeededRandom) => GgufTensor[];
  /** `tokenizer.*` entries, as values or copied from another file. */
  tokenizer: { metadata?: Readonly<Record<string, GgufValue>>; raw?: readonly GgufEntry[] };
  /** Row of one token in the input and in the output matrix, `width` numbers each. */
  rows: (token: number, random: SeededRandom) => { input: ArrayLike<number>; output: ArrayLike<number> };
}

/** A GGUF with random layers: real arithmetic at a tiny size, the same bytes for the same arguments. */
export function writeRandomLlama(options: RandomLlama): Uint8Array {
  const { shape, tokenizer, rows, metadata, toLayers = toLlamaLayers } = options;
  const random = createSeededRandom(shape.seed);
  return writeGguf({
    metadata: { ...toMetadata(shape), ...tokenizer.metadata, ...metadata },
    ...(tokenizer.raw ? { rawMetadata: tokenizer.raw } : {}),
    tensors: [...toVocabularyTensors(shape, rows, random), ...toLayers(shape, random)],
  });
}

function toMetadata(shape: RandomLlamaShape): Record<string, GgufValue> {
  const architecture = shape.architecture ?? 'llama';
  return {
    'general.architecture': architecture,
    'general.type': 'model',
    'general.name': shape.name,
    'general.file_type': 1,
    [`${architecture}.block_count`]: shape.layers,
    [`${architecture}.context_length`]: shape.contextLength,
    [`${architecture}.embedding_length`]: shape.width,
    [`${architecture}.feed_forward_length`]: shape.feedForward,
    [`${architecture}.attention.head_count`]: shape.heads,
    [`${architecture}.attention.head_count_kv`]: shape.keyValueHeads,
    [`${architecture}.attention.layer_norm_rms_epsilon`]: 1e-5,
    [`${architecture}.rope.freq_base`]: { type: 'float32', value: 10_000 },
    [`${architecture}.rope.dimension_count`]: Math.floor(shape.width / shape.heads),
    [`${architecture}.vocab_size`]: shape.vocabularySize,
  };
}

function toVocabularyTensors(
  { width, vocabularySize }: RandomLlamaShape,
  rows: RandomLlama['rows'],
  random: SeededRandom,
): GgufTensor[] {
  const input = new Float32Array(width * vocabularySize);
  const output = new Float32Array(width * vocabularySize);
  for (let token = 0; token < vocabularySize; token++) {
    const row = rows(token, random);
    input.set(row.input, token * width);
    output.set(row.output, token * width);
  }
  return [
    { name: 'token_embd.weight', shape: [width, vocabularySize], type: 'f16', data: input },
    ones('output_norm.weight', width),
    { name: 'output.weight', shape: [width, vocabularySize], type: 'f16', data: output },
  ];
}

/** The layers of a llama with random matrices. */
export function toLlamaLayers(shape: RandomLlamaShape, random: SeededRandom): GgufTensor[] {
  const { width, feedForward } = shape;
  const keyValueWidth = Math.floor(width / shape.heads) * shape.keyValueHeads;
  const matrix = (name: string, columns: number, rows: number): GgufTensor =>
    randomMatrix(name, [columns, rows], random);
  return Array.from({ length: shape.layers }, (_, layer) => `blk.${layer}`).flatMap((block) => [
    ones(`${block}.attn_norm.weight`, width),
    matrix(`${block}.attn_q.weight`, width, width),
    matrix(`${block}.attn_k.weight`, width, keyValueWidth),
    matrix(`${block}.attn_v.weight`, width, keyValueWidth),
    matrix(`${block}.attn_output.weight`, width, width),
    ones(`${block}.ffn_norm.weight`, width),
    matrix(`${block}.ffn_gate.weight`, width, feedForward),
    matrix(`${block}.ffn_up.weight`, width, feedForward),
    matrix(`${block}.ffn_down.weight`, feedForward, width),
  ]);
}

/** Normally distributed entries, scaled so that the size of what goes through stays the same. */
export function randomMatrix(
  name: string,
  shape: readonly [columns: number, rows: number],
  random: SeededRandom,
): GgufTensor {
  const [columns, rows] = shape;
  const data = Float32Array.from({ length: columns * rows }, () => random.gaussian() / Math.sqrt(columns));
  return { name, shape, type: 'f16', data };
}

export function ones(name: string, length: number): GgufTensor {
  return { name, shape: [length], type: 'f32', data: new Float32Array(length).fill(1) };
}
