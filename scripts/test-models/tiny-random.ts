import type { GgufValue } from './gguf-writer.ts';
import { writeRandomLlama, type RandomLlama, type RandomLlamaShape } from './random-llama.ts';

const vocabularySize = 512;
const firstByteToken = 5;
const firstTextToken = firstByteToken + 256;
const tokenType = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

const template =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Text pieces of the vocabulary: printable ASCII first, then some longer and some non-ASCII ones. */
function textPieces(): string[] {
  const pieces = ['▁'];
  for (let code = 0x21; code < 0x7f; code++) pieces.push(String.fromCharCode(code));
  pieces.push('é', 'ü', 'ß', '日', '本', '€', '✓', '😀');
  for (const first of 'abcdefghilmnoprstuw') {
    for (const second of 'aeinorst') pieces.push(`▁${first}${second}`);
  }
  return pieces.slice(0, vocabularySize - firstTextToken);
}

function tokenizerMetadata(): Record<string, GgufValue> {
  const text = textPieces();
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const tokens = ['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>', ...bytes, ...text];
  const { unknown, control, byte, normal } = tokenType;
  return {
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.pre': 'default',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': { type: 'array', of: 'float32', values: tokens.map((_, index) => -index) },
    'tokenizer.ggml.token_type': {
      type: 'array',
      of: 'int32',
      values: [...[unknown, control, control, control, control], ...bytes.map(() => byte), ...text.map(() => normal)],
    },
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 4,
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.add_bos_token': true,
    'tokenizer.ggml.add_eos_token': false,
    'tokenizer.ggml.add_space_prefix': false,
    'tokenizer.chat_template': template,
  };
}

/** What a tiny model of another architecture has of its own. */
export type TinyVariant = Pick<RandomLlama, 'metadata' | 'toLayers'>;

/**
 * 0.3 MB: two layers, 512 tokens, any text can be tokenised. Its answers are readable nonsense that never ends by
 * itself: control and byte tokens have an output row of zeros, so a text token always scores higher.
 */
export function writeTinyRandom(overrides: Partial<RandomLlamaShape> = {}, variant: TinyVariant = {}): Uint8Array {
  const shape: RandomLlamaShape = {
    name: 'Tiny Random',
    seed: 1,
    layers: 2,
    width: 64,
    feedForward: 128,
    heads: 4,
    keyValueHeads: 2,
    contextLength: 4096,
    vocabularySize,
    ...overrides,
  };
  return writeRandomLlama({
    ...variant,
    shape,
    tokenizer: { metadata: tokenizerMetadata() },
    rows: (token, random) => {
      const input = Array.from({ length: shape.width }, () => random.gaussian());
      const output = Array.from({ length: shape.width }, () => random.gaussian() * 0.5);
      return { input, output: token < firstTextToken ? new Float32Array(shape.width) : output };
    },
  });
}
