import type { ModelFacts, ModelRecord } from '#shared/domain/model.ts';

/** Activations and the logits of one batch; small beside weights and KV cache. */
const computeBufferBytes = 64 * 2 ** 20;

/** Key/value bytes of one token where the header does not tell: every head kept in f16, which is the most it can be. */
function kvBytesPerToken({ kvBytesPerToken, layerCount, embeddingSize }: ModelFacts): number {
  return kvBytesPerToken ?? (layerCount ?? 0) * (embeddingSize ?? 0) * 4;
}

/** Bytes that a load takes: weights, key/value cache of all slots, buffers. */
export function memoryNeed(model: ModelRecord, { contextSize, slots }: { contextSize: number; slots: number }): number {
  return model.sizeBytes + computeBufferBytes + contextSize * slots * kvBytesPerToken(model.facts);
}
