import type { GgufTensor } from './gguf-header.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

const maximumLayers = 512;
const maximumContext = 2 ** 31;
/** Networks without attention: they write head counts and feed-forward lengths of 0. */
const withoutAttention = /^(mamba|rwkv|arwkv)/;
/** Families whose files rightly hold tensors for other blocks than 0 to block_count - 1. */
const withOtherBlocks = /^(deci|t5|wavtokenizer)/;

export interface CheckedArchitecture {
  layerCount: number;
  embeddingSize: number;
  trainedContext: number;
}

/** The numbers that make native code abort or allocate without measure when they are wrong. */
export function checkArchitecture(metadata: GgufMetadata, tensors: readonly GgufTensor[]): CheckedArchitecture {
  const layerCount = requireWhole(metadata, 'block_count', { minimum: 1, maximum: maximumLayers });
  const embeddingSize = requireWhole(metadata, 'embedding_length', { minimum: 1, maximum: 2 ** 20 });
  const trainedContext = requireWhole(metadata, 'context_length', { minimum: 1, maximum: maximumContext });
  checkBlocks(metadata, tensors, layerCount);
  if (!withoutAttention.test(metadata.architecture)) {
    checkHeads(metadata, tensors, { layerCount, embeddingSize });
    checkFeedForward(metadata, tensors, layerCount);
  }
  checkFloats(metadata);
  return { layerCount, embeddingSize, trainedContext };
}

function requireWhole(metadata: GgufMetadata, name: string, range: { minimum: number; maximum: number }): number {
  const key = metadata.keyOf(name);
  const value = metadata.getNumber(key);
  if (value === undefined) throw metadata.refuse(toProblem(name), `It does not say its ${key}.`);
  if (Number.isInteger(value) && value >= range.minimum && value <= range.maximum) return value;
  throw metadata.refuse(toProblem(name), `Its ${key} is ${value}; it must be ${range.minimum} to ${range.maximum}.`);
}

function checkBlocks(metadata: GgufMetadata, tensors: readonly GgufTensor[], layerCount: number): void {
  if (withOtherBlocks.test(metadata.architecture)) return;
  const blocks = new Set(tensors.flatMap(({ name }) => toBlock(name) ?? []));
  const outside = [...blocks].find((block) => block >= layerCount);
  if (outside === undefined && blocks.size === layerCount) return;
  const found = outside === undefined ? `${blocks.size} of them` : `block ${outside}`;
  throw metadata.refuse('block-count', `Its ${metadata.keyOf('block_count')} is ${layerCount}, but it holds ${found}.`);
}

/** 3 for `blk.3.attn_q.weight`; undefined for tensors outside the blocks. */
function toBlock(tensorName: string): number | undefined {
  const match = /^blk\.(\d{1,9})\./.exec(tensorName);
  return match ? Number(match[1]) : undefined;
}

function checkHeads(
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
  { layerCount, embeddingSize }: { layerCount: number; embeddingSize: number },
): void {
  const heads = metadata.getPerLayer(metadata.keyOf('attention.head_count'), layerCount);
  if (!heads) throw metadata.refuse('head-count', `It does not say its ${metadata.keyOf('attention.head_count')}.`);
  const keyValueHeads = metadata.getPerLayer(metadata.keyOf('attention.head_count_kv'), layerCount) ?? heads;
  const attentionBlocks = new Set(
    tensors.flatMap(({ name }) => (/\.attn_(q|k|qkv)\.weight$/.test(name) ? (toBlock(name) ?? []) : [])),
  );
  for (let layer = 0; layer < layerCount; layer++) {
    const minimum = attentionBlocks.has(layer) ? 1 : 0;
    checkHeadCount(metadata, { name: 'head_count', value: heads[layer], minimum });
    checkHeadCount(metadata, { name: 'head_count_kv', value: keyValueHeads[layer], minimum });
    checkGroups(metadata, heads[layer], keyValueHeads[layer]);
  }
  checkHeadSize(metadata, { embeddingSize, mostHeads: Math.max(...heads) });
}

function checkHeadCount(metadata: GgufMetadata, count: { name: string; value: number | undefined; minimum: number }) {
  const { name, value, minimum } = count;
  if (value !== undefined && Number.isInteger(value) && value >= minimum && value <= 65_536) return;
  throw metadata.refuse(toProblem(name), `Its ${metadata.keyOf(`attention.${name}`)} is ${value}.`);
}

/** Key/value heads are shared by groups of heads of equal size. */
function checkGroups(metadata: GgufMetadata, heads = 0, keyValueHeads = 0): void {
  if (heads === 0 || keyValueHeads === 0 || heads % keyValueHeads === 0) return;
  throw metadata.refuse('head-count-kv', `Its ${heads} attention heads cannot share ${keyValueHeads} key/value heads.`);
}

function checkHeadSize(metadata: GgufMetadata, sizes: { embeddingSize: number; mostHeads: number }): void {
  const { embeddingSize, mostHeads } = sizes;
  const keyLength = metadata.getNumber(metadata.keyOf('attention.key_length'));
  if (mostHeads < 1) throw metadata.refuse('head-count', 'None of its layers has attention heads.');
  if (keyLength === undefined && embeddingSize % mostHeads !== 0) {
    throw metadata.refuse(
      'head-size',
      `Its embedding length ${embeddingSize} cannot be shared out to ${mostHeads} attention heads.`,
    );
  }
  const headSize = keyLength ?? embeddingSize / mostHeads;
  if (!Number.isInteger(headSize) || headSize < 1 || headSize > 65_536) {
    throw metadata.refuse('head-size', `Its attention heads have the size ${headSize}.`);
  }
  const rope = metadata.getNumber(metadata.keyOf('rope.dimension_count'));
  if (rope === undefined || (rope % 2 === 0 && rope <= headSize && rope >= smallestRope(metadata))) return;
  throw metadata.refuse(
    'rope-dimensions',
    `Its ${metadata.keyOf('rope.dimension_count')} is ${rope}; heads have ${headSize} dimensions.`,
  );
}

/** Hybrid families switch rotation off with 0; plain llama cannot. */
function smallestRope({ architecture }: GgufMetadata): number {
  return architecture === 'llama' ? 2 : 0;
}

/** Layers with a feed-forward network must say how wide it is; native code makes an empty tensor of 0. */
function checkFeedForward(metadata: GgufMetadata, tensors: readonly GgufTensor[], layerCount: number): void {
  const key = metadata.keyOf('feed_forward_length');
  const lengths = metadata.getPerLayer(key, layerCount);
  if (lengths?.some((length) => !Number.isInteger(length) || length < 0 || length > 2 ** 24)) {
    throw metadata.refuse('feed-forward', `Its ${key} is no possible length.`);
  }
  const withNetwork = new Set(
    tensors.flatMap(({ name }) => (name.endsWith('.ffn_up.weight') ? (toBlock(name) ?? []) : [])),
  );
  const without = [...withNetwork].find((layer) => (lengths?.[layer] ?? 0) < 1);
  if (without === undefined) return;
  throw metadata.refuse('feed-forward', `Its ${key} is ${lengths?.[without] ?? 'missing'}.`);
}

function checkFloats(metadata: GgufMetadata): void {
  for (const name of ['attention.layer_norm_epsilon', 'attention.layer_norm_rms_epsilon', 'rope.freq_base']) {
    const value = metadata.getNumber(metadata.keyOf(name));
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    throw metadata.refuse('metadata-value', `Its ${metadata.keyOf(name)} is ${value}.`);
  }
}

/** `block_count` as `block-count`. */
function toProblem(name: string): string {
  return name.replaceAll('_', '-');
}
