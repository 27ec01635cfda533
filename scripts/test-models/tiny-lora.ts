import { writeGguf, type GgufTensor } from './gguf-writer.ts';
import { createSeededRandom } from './seeded-random.ts';

export interface TinyLora {
  seed?: number;
  /** The network it was made for. Default: that of the tiny model. */
  architecture?: string;
  /** Width of the model's hidden state. Default: that of the tiny model. */
  width?: number;
}

const rank = 4;
const alpha = 32;
const layers = 2;

/** A LoRA adapter with random weights for the tiny model: strong enough that every answer is another one. */
export function writeTinyLora({ seed = 1, architecture = 'llama', width = 64 }: TinyLora = {}): Uint8Array {
  const random = createSeededRandom(seed);
  const spread = (name: string, shape: readonly [columns: number, rows: number]): GgufTensor => ({
    name,
    shape,
    type: 'f32',
    data: Float32Array.from({ length: shape[0] * shape[1] }, () => random.gaussian() / Math.sqrt(shape[0])),
  });
  return writeGguf({
    metadata: {
      'general.architecture': architecture,
      'general.type': 'adapter',
      'general.name': 'Tiny LoRA',
      'adapter.type': 'lora',
      'adapter.lora.alpha': { type: 'float32', value: alpha },
    },
    tensors: Array.from({ length: layers }, (_, layer) => `blk.${layer}`).flatMap((block) =>
      ['attn_q', 'attn_output'].flatMap((name) => [
        spread(`${block}.${name}.weight.lora_a`, [width, rank]),
        spread(`${block}.${name}.weight.lora_b`, [rank, width]),
      ]),
    ),
  });
}
