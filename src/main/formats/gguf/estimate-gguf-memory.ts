import type { ModelFacts } from '#shared/domain/model.ts';

export interface MemoryQuestion {
  facts: Pick<ModelFacts, 'kvBytesPerToken' | 'vocabularySize' | 'embeddingSize'>;
  /** All files of the model together. */
  sizeBytes: number;
  /** Tokens one sequence can hold. */
  contextSize: number;
  /** Parallel sequences, each with its own context. */
  slots: number;
  /** Most tokens in one decode call. Default 512. */
  batchSize?: number;
}

export interface MemoryEstimate {
  weightBytes: number;
  kvBytes: number;
  computeBytes: number;
  totalBytes: number;
}

/** llama.cpp rounds a sequence's context up to this many tokens. */
const contextStep = 256;
const floatBytes = 4;
const maskBytes = 2;
/** Where the header does not tell: what a common 8-billion-parameter model takes. */
const unknownKvBytesPerToken = 128 * 1024;

/**
 * Memory a loaded model takes on the CPU, in bytes: weights, key/value cache in f16, and the buffers of the largest
 * batch. Within 5 % of what the library reports for llama-family models; sliding-window models take less.
 */
export function estimateGgufMemory(question: MemoryQuestion): MemoryEstimate {
  const { facts, sizeBytes, contextSize, slots, batchSize = 512 } = question;
  const context = Math.ceil(contextSize / contextStep) * contextStep;
  const kvBytes = context * slots * (facts.kvBytesPerToken ?? unknownKvBytesPerToken);
  const computeBytes = batchSize * Math.max(countOutputBytes(facts), countLayerBytes(facts, context));
  return { weightBytes: sizeBytes, kvBytes, computeBytes, totalBytes: sizeBytes + kvBytes + computeBytes };
}

/** Of one token, at the end of a decode: its logits and two hidden states. */
function countOutputBytes({ vocabularySize, embeddingSize }: MemoryQuestion['facts']): number {
  return ((vocabularySize ?? 0) + 2 * (embeddingSize ?? 0)) * floatBytes;
}

/** Of one token, inside a layer: its row of the attention mask, two feed-forward and three hidden states. */
function countLayerBytes({ embeddingSize }: MemoryQuestion['facts'], context: number): number {
  return context * maskBytes + 10 * (embeddingSize ?? 0) * floatBytes;
}
