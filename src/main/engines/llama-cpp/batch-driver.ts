/** Settings of one native sampler; absent stages are not in its chain. */
export interface SamplerConfig {
  /** 0 is greedy. */
  temperature: number;
  topK?: number;
  topP?: number;
  minP?: number;
  seed: number;
  /** Penalties over the last tokens; `history` is what came before the first sampled token. */
  penalties?: {
    repeat: number;
    frequency: number;
    presence: number;
    lastTokens: number;
    history: Uint32Array;
  };
}

/** A native sampler: it keeps its random state and its own record of the tokens it chose. */
export interface TokenSampler {
  dispose(): void;
}

export interface BatchPart {
  sequence: number;
  /** Position of the first token in the sequence. */
  position: number;
  tokens: Uint32Array;
  /** True: the last token's scores are wanted. */
  wantsScores: boolean;
}

/**
 * One native context as the step loop sees it. Parts are added in ascending order of their sequences (other orders
 * cost further passes over the weights). Nothing may touch sequences while `decode` runs.
 */
export interface BatchDriver {
  /** Most tokens in one decode call. */
  readonly batchSize: number;
  /** Threads of the decodes to come. */
  setThreads(threads: number): void;
  beginBatch(tokenCount: number): void;
  /** Returns the index of the last token's scores, or -1. */
  addToBatch(part: BatchPart): number;
  decode(): Promise<void>;
  createSampler(config: SamplerConfig): TokenSampler;
  /** Chooses a token from scores of the last decode. May run for several samplers at once. */
  sample(scores: number, sampler: TokenSampler): Promise<number>;
  /** Drops all positions from `position` on. False where the model's memory cannot be cut there. */
  truncate(sequence: number, position: number): boolean;
  /** Drops everything the sequence holds. */
  clear(sequence: number): void;
  /** The first position the sequence still holds; -1 when empty. */
  firstHeldPosition(sequence: number): number;
}
