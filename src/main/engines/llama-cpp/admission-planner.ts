import { countCommon } from './common-prefix.ts';
import type { FoundPrefix } from './kv-cache/index.ts';
import type { PromptClaim, Sequence, SequenceChoice, SequencePool } from './sequence-pool.ts';

/** What the loop needs of the key/value cache; `KvCache` has it. */
export interface StateCache {
  heldLength(tokens: Uint32Array, namespace: string): number;
  find(prompt: Uint32Array, namespace: string, heldTokens?: number): FoundPrefix | undefined;
  restore(found: FoundPrefix, streamCount?: number): Promise<Uint8Array | undefined>;
  keep(tokens: Uint32Array, state: Uint8Array, namespace: string): Promise<void>;
  observePrefill(tokens: number, milliseconds: number): void;
  flush(deadlineMs: number): Promise<boolean>;
  clear(): Promise<void>;
}

/** A request that has a sequence and reads its prompt. */
export interface ReadingPrompt extends PromptClaim {
  /** Tokens of it that are in the sequence. */
  position: number;
}

export type AdmissionChoice =
  | { type: 'start'; sequence: Sequence; commonTokens: number }
  /** Bringing in a saved beginning is quicker than computing it; `donor` holds it but has not saved it. */
  | { type: 'restore'; sequence: Sequence; commonTokens: number; donor: Sequence | undefined };

/** A shorter beginning in common is computed sooner than waited for or copied. */
const leastSharedTokens = 64;

export interface AdmissionOptions {
  pool: SequencePool;
  cache: StateCache | undefined;
}

/** Chooses where a request begins so that no token is computed twice. Pure but for what it asks pool and cache. */
export class AdmissionPlanner {
  readonly #pool: SequencePool;
  readonly #cache: StateCache | undefined;

  constructor({ pool, cache }: AdmissionOptions) {
    this.#pool = pool;
    this.#cache = cache;
  }

  /**
   * True when another request computes the same beginning now: what it has done then need not be done again.
   * `commonTokens`: what the sequence for the prompt holds of it anyway.
   */
  mustWait(claim: PromptClaim, commonTokens: number, reading: readonly ReadingPrompt[]): boolean {
    if (!this.#cache) return false;
    return reading.some((other) => isComputing(other, claim, commonTokens + leastSharedTokens));
  }

  /** How a request begins in its sequence. */
  choose(claim: PromptClaim, { sequence, commonTokens }: SequenceChoice): AdmissionChoice {
    const { prompt, namespace } = claim;
    if (!this.#cache) return { type: 'start', sequence, commonTokens };
    const donor = this.#pool.findClosest(claim, sequence);
    const saved = this.#cache.heldLength(prompt, namespace);
    const enough = commonTokens + leastSharedTokens;
    if (donor && donor.commonTokens > enough && donor.commonTokens > saved + leastSharedTokens) {
      return { type: 'restore', sequence, commonTokens, donor: donor.sequence };
    }
    if (this.#cache.find(prompt, namespace, commonTokens)) {
      return { type: 'restore', sequence, commonTokens, donor: undefined };
    }
    return { type: 'start', sequence, commonTokens };
  }
}

function isComputing(reading: ReadingPrompt, { prompt, namespace }: PromptClaim, enough: number): boolean {
  const { prompt: other, position } = reading;
  if (reading.namespace !== namespace) return false;
  const limit = Math.min(other.length, prompt.length - 1);
  if (limit <= enough || position >= limit) return false;
  const common = countCommon(other.subarray(0, limit), prompt);
  return common > enough && position < common;
}
