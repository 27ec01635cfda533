import type { BatchDriver, BatchPart, SamplerConfig, TokenSampler } from '#main/engines/llama-cpp/batch-driver.ts';

export interface RecordedPart {
  sequence: number;
  position: number;
  tokens: number[];
  wantsScores: boolean;
}

class FakeSampler implements TokenSampler {
  readonly config: SamplerConfig;
  isDisposed = false;

  constructor(config: SamplerConfig) {
    this.config = config;
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

/**
 * A native context made of token lists. It checks what the real one would answer with garbage: positions that do not
 * follow on, parts out of order, sequences touched while it computes, samplers used after their end.
 */
export class FakeBatchDriver implements BatchDriver {
  readonly batchSize: number;
  /** Every batch that was decoded. */
  readonly batches: RecordedPart[][] = [];
  readonly held = new Map<number, number[]>();
  readonly samplers: FakeSampler[] = [];
  /** Every number of threads that was set. */
  readonly threads: number[] = [];
  /** The token after a sequence's content. Default: its length, modulo 97. */
  nextToken: (tokens: readonly number[]) => number = (tokens) => tokens.length % 97;
  /** Awaited by each decode. Default: one turn of the event loop. */
  beforeDecode: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve));
  /** False: cuts are refused, as by recurrent models. */
  canTruncate = true;
  firstHeld = 0;
  #parts: RecordedPart[] = [];
  #announced = 0;
  #isComputing = false;

  constructor(batchSize = 64) {
    this.batchSize = batchSize;
  }

  setThreads(threads: number): void {
    this.#requireBorder();
    this.threads.push(threads);
  }

  beginBatch(tokenCount: number): void {
    this.#requireBorder();
    if (tokenCount < 1 || tokenCount > this.batchSize) throw new Error(`A batch of ${tokenCount}.`);
    this.#parts = [];
    this.#announced = tokenCount;
  }

  addToBatch({ sequence, position, tokens, wantsScores }: BatchPart): number {
    const previous = this.#parts.at(-1);
    if (previous && previous.sequence >= sequence) throw new Error('Parts are not in ascending order.');
    const held = this.held.get(sequence)?.length ?? 0;
    if (held !== position) throw new Error(`Position ${position} after ${held} held tokens.`);
    this.#parts.push({ sequence, position, tokens: Array.from(tokens), wantsScores });
    return wantsScores ? sequence : -1;
  }

  async decode(): Promise<void> {
    this.#requireBorder();
    const count = this.#parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    if (count !== this.#announced) throw new Error(`${count} tokens in a batch of ${this.#announced}.`);
    this.#isComputing = true;
    try {
      await this.beforeDecode();
    } finally {
      this.#isComputing = false;
    }
    for (const { sequence, tokens } of this.#parts) {
      this.held.set(sequence, [...(this.held.get(sequence) ?? []), ...tokens]);
    }
    this.batches.push(this.#parts);
  }

  createSampler(config: SamplerConfig): TokenSampler {
    const sampler = new FakeSampler(config);
    this.samplers.push(sampler);
    return sampler;
  }

  async sample(scores: number, sampler: TokenSampler): Promise<number> {
    if ((sampler as FakeSampler).isDisposed) throw new Error('The sampler was disposed.');
    await Promise.resolve();
    if ((sampler as FakeSampler).isDisposed) throw new Error('The sampler was disposed while it chose.');
    return this.nextToken(this.held.get(scores) ?? []);
  }

  truncate(sequence: number, position: number): boolean {
    this.#requireBorder();
    if (!this.canTruncate) return false;
    this.held.set(sequence, (this.held.get(sequence) ?? []).slice(0, position));
    return true;
  }

  clear(sequence: number): void {
    this.#requireBorder();
    this.held.set(sequence, []);
  }

  firstHeldPosition(): number {
    return this.firstHeld;
  }

  #requireBorder(): void {
    if (this.#isComputing) throw new Error('The context was touched while the library computes.');
  }
}
