import { writeGguf, type GgufTensor, type GgufValue } from './gguf-writer.ts';
import { ones } from './random-llama.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

const width = 64;
const feedForward = 128;
const layers = 2;
const trainedTokens = 4096;

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const tokenType = { normal: 1, control: 3 } as const;

export interface TinyBert {
  seed?: number;
  /** `rank`: a cross-encoder that scores a pair of texts. Others: vectors, pooled so. */
  pooling: 'mean' | 'cls' | 'rank';
}

const poolingNumbers = { mean: 1, cls: 2, rank: 4 } as const;

/** A BERT with random weights: it reads a text in both directions and writes none. 0.6 MB, most of it positions. */
export function writeTinyBert({ seed = 1, pooling }: TinyBert): Uint8Array {
  const random = createSeededRandom(seed);
  const tokens = vocabulary();
  return writeGguf({
    metadata: { ...modelMetadata(pooling), ...tokenizerMetadata(tokens) },
    tensors: [
      // Twice as loud as the positions: what is said matters more than where.
      spread('token_embd.weight', [width, tokens.length], { random, scale: 2 }),
      spread('token_types.weight', [width, 2], { random, scale: 0.1 }),
      spread('position_embd.weight', [width, trainedTokens], { random, scale: 1 }),
      ...normal('token_embd_norm'),
      ...Array.from({ length: layers }, (_, layer) => `blk.${layer}`).flatMap((block) => toLayer(block, random)),
      ...(pooling === 'rank' ? toHead(random) : []),
    ],
  });
}

/** Words as they begin (with the mark of a new word) and go on, by letters, digits and signs. */
function vocabulary(): string[] {
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index));
  const pieces = [...letters, ...'0123456789', ...'.,;:!?-()"\'/'];
  const pairs = letters.flatMap((first) => [...'aeiourst'].map((second) => first + second));
  return [...special, ...pieces.map((piece) => `▁${piece}`), ...pieces, ...pairs.map((pair) => `▁${pair}`), ...pairs];
}

function modelMetadata(pooling: TinyBert['pooling']): Record<string, GgufValue> {
  return {
    'general.architecture': 'bert',
    'general.type': 'model',
    'general.name': 'Tiny BERT',
    'general.file_type': 0,
    'bert.block_count': layers,
    'bert.context_length': trainedTokens,
    'bert.embedding_length': width,
    'bert.feed_forward_length': feedForward,
    'bert.attention.head_count': 4,
    'bert.attention.layer_norm_epsilon': 1e-5,
    'bert.attention.causal': false,
    'bert.pooling_type': poolingNumbers[pooling],
  };
}

function tokenizerMetadata(tokens: readonly string[]): Record<string, GgufValue> {
  const types = tokens.map((token) => (special.includes(token) ? tokenType.control : tokenType.normal));
  return {
    'tokenizer.ggml.model': 'bert',
    'tokenizer.ggml.pre': 'jina-v2-en',
    'tokenizer.ggml.tokens': [...tokens],
    'tokenizer.ggml.token_type': { type: 'array', of: 'int32', values: types },
    'tokenizer.ggml.token_type_count': 2,
    'tokenizer.ggml.padding_token_id': 0,
    'tokenizer.ggml.unknown_token_id': 1,
    'tokenizer.ggml.cls_token_id': 2,
    'tokenizer.ggml.bos_token_id': 2,
    'tokenizer.ggml.seperator_token_id': 3,
    'tokenizer.ggml.eos_token_id': 3,
    'tokenizer.ggml.mask_token_id': 4,
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.ggml.add_eos_token': true,
  };
}

function toLayer(block: string, random: SeededRandom): GgufTensor[] {
  const linear = (name: string, columns: number, rows: number): GgufTensor[] => [
    spread(`${block}.${name}.weight`, [columns, rows], { random, scale: 1 / Math.sqrt(columns) }),
    spread(`${block}.${name}.bias`, [rows], { random, scale: 0.1 }),
  ];
  return [
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].flatMap((name) => linear(name, width, width)),
    ...normal(`${block}.attn_output_norm`),
    ...linear('ffn_up', width, feedForward),
    ...linear('ffn_down', feedForward, width),
    ...normal(`${block}.layer_output_norm`),
  ];
}

/** What turns the vector of the first token into one score. */
function toHead(random: SeededRandom): GgufTensor[] {
  return [
    spread('cls.weight', [width, width], { random, scale: 1 / Math.sqrt(width) }),
    spread('cls.bias', [width], { random, scale: 0.1 }),
    spread('cls.output.weight', [width, 1], { random, scale: 0.5 }),
    spread('cls.output.bias', [1], { random, scale: 0.1 }),
  ];
}

function normal(name: string): GgufTensor[] {
  return [ones(`${name}.weight`, width), { ...ones(`${name}.bias`, width), data: new Float32Array(width) }];
}

interface Spread {
  random: SeededRandom;
  scale: number;
}

function spread(name: string, shape: readonly number[], { random, scale }: Spread): GgufTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return { name, shape, type: 'f32', data: Float32Array.from({ length }, () => random.gaussian() * scale) };
}
