import type { GgufTensor } from './gguf-writer.ts';
import { ones, randomMatrix, toLlamaLayers, type RandomLlamaShape } from './random-llama.ts';
import type { SeededRandom } from './seeded-random.ts';
import { writeTinyRandom } from './tiny-random.ts';

/** The tiny model as a Gemma 3: five layers see a window of tokens only, the sixth sees all. */
export function writeTinySlidingWindow(windowTokens: number): Uint8Array {
  return writeTinyRandom(
    { architecture: 'gemma3', layers: 6 },
    { metadata: { 'gemma3.attention.sliding_window': windowTokens }, toLayers: toGemmaLayers },
  );
}

/** The tiny model as a Mamba: no attention, one running state that cannot be cut. */
export function writeTinyRecurrent(): Uint8Array {
  return writeTinyRandom(
    { architecture: 'mamba' },
    {
      metadata: {
        'mamba.attention.head_count': 0,
        'mamba.ssm.conv_kernel': convolution,
        'mamba.ssm.inner_size': 128,
        'mamba.ssm.state_size': stateSize,
        'mamba.ssm.time_step_rank': stepRank,
      },
      toLayers: toMambaLayers,
    },
  );
}

const convolution = 4;
const stateSize = 16;
const stepRank = 4;

function toGemmaLayers(shape: RandomLlamaShape, random: SeededRandom): GgufTensor[] {
  const headWidth = shape.width / shape.heads;
  const norms = Array.from({ length: shape.layers }, (_, layer) => `blk.${layer}`).flatMap((block) => [
    ones(`${block}.attn_q_norm.weight`, headWidth),
    ones(`${block}.attn_k_norm.weight`, headWidth),
    ones(`${block}.post_attention_norm.weight`, shape.width),
    ones(`${block}.post_ffw_norm.weight`, shape.width),
  ]);
  return [...toLlamaLayers(shape, random), ...norms];
}

function toMambaLayers({ layers, width }: RandomLlamaShape, random: SeededRandom): GgufTensor[] {
  const inner = 2 * width;
  const vector = (name: string, entry: () => number): GgufTensor => ({
    name,
    shape: [inner],
    type: 'f32',
    data: Float32Array.from({ length: inner }, entry),
  });
  return Array.from({ length: layers }, (_, layer) => `blk.${layer}`).flatMap((block) => [
    ones(`${block}.attn_norm.weight`, width),
    randomMatrix(`${block}.ssm_in.weight`, [width, 2 * inner], random),
    { ...randomMatrix(`${block}.ssm_conv1d.weight`, [convolution, inner], random), type: 'f32' as const },
    vector(`${block}.ssm_conv1d.bias`, () => random.gaussian() * 0.1),
    randomMatrix(`${block}.ssm_x.weight`, [inner, stepRank + 2 * stateSize], random),
    randomMatrix(`${block}.ssm_dt.weight`, [stepRank, inner], random),
    vector(`${block}.ssm_dt.bias`, () => random.gaussian() - 2),
    {
      name: `${block}.ssm_a`,
      shape: [stateSize, inner],
      type: 'f32' as const,
      data: Float32Array.from({ length: stateSize * inner }, (_, index) => -1 - (index % stateSize)),
    },
    vector(`${block}.ssm_d`, () => 1),
    randomMatrix(`${block}.ssm_out.weight`, [inner, width], random),
  ]);
}
