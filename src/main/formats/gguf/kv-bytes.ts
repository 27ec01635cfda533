import type { GgufTensor } from './gguf-header.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

const halfFloatBytes = 2;

/**
 * Bytes of key/value cache that one token takes in f16, all layers together. Layers without attention count nothing;
 * sliding-window layers count in full, so this is what a long conversation takes at most. Null for networks that keep
 * a fixed state instead of keys and values.
 */
export function countKvBytesPerToken(
  metadata: GgufMetadata,
  tensors: readonly GgufTensor[],
  layerCount: number,
): number | null {
  const perLayer = (name: string) => metadata.getPerLayer(metadata.keyOf(name), layerCount);
  const heads = perLayer('attention.head_count');
  const keyValueHeads = perLayer('attention.head_count_kv') ?? heads;
  const embeddingSize = metadata.getNumber(metadata.keyOf('embedding_length'));
  const mostHeads = Math.max(0, ...(heads ?? []));
  if (!keyValueHeads || embeddingSize === undefined || mostHeads === 0) return null;
  const keyLength = metadata.getNumber(metadata.keyOf('attention.key_length')) ?? embeddingSize / mostHeads;
  const valueLength = metadata.getNumber(metadata.keyOf('attention.value_length')) ?? embeddingSize / mostHeads;
  // Latent attention stores one compressed key for all heads and no values.
  const isLatent = metadata.getNumber(metadata.keyOf('attention.key_length_mla')) !== undefined;
  const widthPerHead = isLatent ? keyLength : keyLength + valueLength;
  const attends = readAttentionLayers(tensors);
  const headsInUse = keyValueHeads.filter((_, layer) => attends.size === 0 || attends.has(layer));
  return headsInUse.reduce((sum, count) => sum + count * widthPerHead * halfFloatBytes, 0);
}

/** Layers that hold a key projection; empty when the family names it otherwise. */
function readAttentionLayers(tensors: readonly GgufTensor[]): Set<number> {
  const layers = tensors.flatMap(({ name }) => {
    const match = /^blk\.(\d{1,9})\.attn_(?:k|kv_a_mqa)\.weight$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
  return new Set(layers);
}
