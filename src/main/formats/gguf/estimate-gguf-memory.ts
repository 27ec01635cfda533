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
/** Activations of one token beside the logits, in units of the embedding size. Measured on llama-family models. */
const activationWidths = 12;
/** Where the header does not tell: what a common 8-billion-parameter model takes. */
const unknownKvBytesPerToken = 128 * 1024;

/** Memory a loaded model takes, in bytes: weights, key/value cache in f16, and the buffers of the largest batch. */
export function estimateGgufMemory(question: MemoryQuestion): MemoryEstimate {
  const { facts, sizeBytes, contextSize, slots, batchSize = 512 } = question;
  const cells = Math.ceil(contextSize / contextStep) * contextStep * slots;
  const kvBytes = cells * (facts.kvBytesPerToken ?? unknownKvBytesPerToken);
  const floatsPerToken = (facts.vocabularySize ?? 0) + activationWidths * (facts.embeddingSize ?? 0);
  const computeBytes = batchSize * floatsPerToken * floatBytes;
  return { weightBytes: sizeBytes, kvBytes, computeBytes, totalBytes: sizeBytes + kvBytes + computeBytes };
}
