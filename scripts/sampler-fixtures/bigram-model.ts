import { writeGguf, type GgufTensor, type GgufValue } from '../test-models/gguf-writer.ts';
import type { BreakerVocabulary } from '../../src/main/decoding/sampling/index.ts';
import { createSeededRandom } from '../test-models/seeded-random.ts';

/**
 * A model whose scores anyone can compute: its one layer adds nothing, so the scores of the next token depend on the
 * last token alone and are one matrix product. Real llama.cpp runs it; tests compute the same scores here and need
 * neither the library nor recorded scores.
 */
const width = 64;
export const vocabularySize = 512;
const epsilon = 1e-5;
const firstByteToken = 3;
export const firstTextToken = firstByteToken + 256;
/** How far the scores of a position spread, and how unlikely control and byte tokens are. */
const deviation = 2.5;
const unlikely = 12;
const tokenType = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/** Text of each text token: printable ASCII, then some longer ones. */
export const textPieces: readonly string[] = createTextPieces();

/** The model's vocabulary for texts of characters that are tokens of their own. */
export const breakerVocabulary: BreakerVocabulary = {
  size: vocabularySize,
  bytesOf: (token) => new TextEncoder().encode(textOf(token)),
  tokenize: (text) => Array.from(text, (character) => firstTextToken + textPieces.indexOf(character)),
};

function textOf(token: number): string {
  if (token < firstByteToken) return ['<unk>', '<s>', '</s>'][token] ?? '';
  if (token < firstTextToken) return String.fromCharCode(token - firstByteToken);
  return (textPieces[token - firstTextToken] ?? '').replace('▁', ' ');
}

interface Matrices {
  input: Float32Array<ArrayBuffer>;
  output: Float32Array<ArrayBuffer>;
}

/** Scores of the token after `token`, as llama.cpp computes them in single precision. */
export function createBigramScores(): (token: number) => Float32Array {
  const { input, output } = createMatrices();
  const known = new Map<number, Float32Array>();
  return (token) => {
    const scores = known.get(token) ?? computeScores({ input, output }, token);
    known.set(token, scores);
    return scores;
  };
}

function computeScores({ input, output }: Matrices, token: number): Float32Array {
  const hidden = input.subarray(token * width, (token + 1) * width);
  const squares = hidden.reduce((sum, value) => sum + value * value, 0);
  const scale = 1 / Math.sqrt(squares / width + epsilon);
  return Float32Array.from({ length: vocabularySize }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += (hidden[column] ?? 0) * scale * (output[row * width + column] ?? 0);
    }
    return sum;
  });
}

/** The model as a GGUF file. */
export function writeBigramModel(): Uint8Array {
  const { input, output } = createMatrices();
  const matrix = (
    name: string,
    columns: number,
    rows: number,
    data = new Float32Array(columns * rows),
  ): GgufTensor => ({
    ...{ name, data },
    shape: [columns, rows],
    type: 'f32',
  });
  const ones = (name: string): GgufTensor => ({
    name,
    shape: [width],
    type: 'f32',
    data: new Float32Array(width).fill(1),
  });
  return writeGguf({
    metadata: toMetadata(),
    tensors: [
      matrix('token_embd.weight', width, vocabularySize, input),
      ones('output_norm.weight'),
      matrix('output.weight', width, vocabularySize, output),
      ones('blk.0.attn_norm.weight'),
      ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => matrix(`blk.0.${name}.weight`, width, width)),
      ones('blk.0.ffn_norm.weight'),
      ...['ffn_gate', 'ffn_up', 'ffn_down'].map((name) => matrix(`blk.0.${name}.weight`, width, width)),
    ],
  });
}

/** The first column is 1 for every token, so that column of the output is a constant part of a token's score. */
function createMatrices(): Matrices {
  const random = createSeededRandom(11);
  const input = Float32Array.from({ length: width * vocabularySize }, (_, index) =>
    index % width === 0 ? 1 : random.gaussian(),
  );
  const output = Float32Array.from({ length: width * vocabularySize }, (_, index) => {
    const token = Math.floor(index / width);
    if (index % width > 0) return (random.gaussian() * deviation) / Math.sqrt(width);
    if (token < firstByteToken) return -3 * unlikely;
    return token < firstTextToken ? -unlikely : 0;
  });
  return { input, output };
}

function createTextPieces(): string[] {
  const pieces = ['▁'];
  for (let code = 0x21; code < 0x7f; code++) pieces.push(String.fromCharCode(code));
  for (const first of 'abcdefghilmnoprstuw') {
    for (const second of 'aeinorst') pieces.push(`▁${first}${second}`);
  }
  for (const word of ['th', 'he', 'in', 'er', 'an', 're', 'nd', 'on']) pieces.push(word);
  return pieces.slice(0, vocabularySize - firstTextToken);
}

function toMetadata(): Record<string, GgufValue> {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...textPieces];
  const { unknown, control, byte, normal } = tokenType;
  const types = [...[unknown, control, control], ...bytes.map(() => byte), ...textPieces.map(() => normal)];
  return {
    'general.architecture': 'llama',
    'general.type': 'model',
    'general.name': 'Bigram',
    'general.file_type': 0,
    'llama.block_count': 1,
    'llama.context_length': 4096,
    'llama.embedding_length': width,
    'llama.feed_forward_length': width,
    'llama.attention.head_count': 4,
    'llama.attention.head_count_kv': 4,
    'llama.attention.layer_norm_rms_epsilon': epsilon,
    'llama.rope.freq_base': { type: 'float32', value: 10_000 },
    'llama.rope.dimension_count': width / 4,
    'llama.vocab_size': vocabularySize,
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.pre': 'default',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': { type: 'array', of: 'float32', values: tokens.map((_, index) => -index) },
    'tokenizer.ggml.token_type': { type: 'array', of: 'int32', values: types },
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.add_bos_token': false,
    'tokenizer.ggml.add_eos_token': false,
    'tokenizer.ggml.add_space_prefix': false,
  };
}
