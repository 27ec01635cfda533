import type { ContextDriver } from './context-driver.ts';
import { chooseSequence } from './prefix-reuse.ts';
import { TokenHistory } from './token-history.ts';

/** One sequence of the context and what its key/value state holds. */
export interface Sequence {
  readonly id: number;
  readonly history: TokenHistory;
}

export interface SequenceGrant {
  sequence: Sequence;
  /** Tokens of the prompt that need not be computed. */
  cachedTokens: number;
}

interface PooledSequence extends Sequence {
  lastUsed: number;
}

export interface SequencePoolOptions {
  driver: ContextDriver;
  count: number;
  /** Tokens a sliding-window model keeps; 0 for full attention. */
  slidingWindow: number;
  /** False: the state of a sequence is one running sum. Default: true. */
  canCut?: boolean;
}

/**
 * The sequences of one context: each belongs to one request at most. What the history says and what the native state
 * holds are the same at every step border.
 */
export class SequencePool {
  readonly #driver: ContextDriver;
  readonly #slidingWindow: number;
  readonly #sequences: PooledSequence[];
  readonly #busy = new Set<number>();
  #uses = 0;
  #canCut: boolean;

  constructor({ driver, count, slidingWindow, canCut = true }: SequencePoolOptions) {
    this.#canCut = canCut;
    this.#driver = driver;
    this.#slidingWindow = slidingWindow;
    this.#sequences = Array.from({ length: count }, (_, id) => ({ id, history: new TokenHistory(), lastUsed: 0 }));
  }

  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  get hasFree(): boolean {
    return this.#busy.size < this.#sequences.length;
  }

  /**
   * Takes the best free sequence and cuts it to what the prompt shares with it. At least one token stays to compute.
   * Throws when none is free.
   */
  acquire(prompt: Uint32Array): SequenceGrant {
    const free = this.#sequences.filter(({ id }) => !this.#busy.has(id));
    const offers = free.map(({ id, history, lastUsed }) => ({
      id,
      heldTokens: history.length,
      commonTokens: Math.min(history.commonPrefixLength(prompt), prompt.length - 1),
      lastUsed,
    }));
    const chosen = chooseSequence(offers, prompt.length, this.#busy);
    const sequence = free.find(({ id }) => id === chosen?.id);
    if (!chosen || !sequence) throw new Error('No sequence is free.');
    const cachedTokens = this.#cut(sequence, chosen.commonTokens);
    this.#busy.add(sequence.id);
    sequence.lastUsed = ++this.#uses;
    return { sequence, cachedTokens };
  }

  /** Gives the sequence back; what it holds stays for the next prompt that begins the same. */
  release(sequence: Sequence): void {
    this.#busy.delete(sequence.id);
  }

  /** False once the library has refused a cut, as with recurrent models. */
  get canCut(): boolean {
    return this.#canCut;
  }

  /** Cuts off what a stopped decode may have added. False: it is empty now. */
  restore(sequence: Sequence): boolean {
    const { id, history } = sequence;
    if (history.length === 0) this.#driver.clear(id);
    else if (!this.#driver.truncate(id, history.length)) {
      this.reset(sequence);
      return false;
    }
    return true;
  }

  /** After a failed decode nobody knows what the native state holds. */
  reset(sequence: Sequence): void {
    this.#driver.clear(sequence.id);
    sequence.history.truncate(0);
  }

  /** Leaves `length` tokens, or none where the model's memory cannot be cut there. Returns what is left. */
  #cut(sequence: Sequence, length: number): number {
    const { history, id } = sequence;
    if (history.length === length) return length;
    if (length > 0 && this.#isHeldBefore(id, length) && this.#driver.truncate(id, length)) {
      history.truncate(length);
      return length;
    }
    this.reset(sequence);
    return 0;
  }

  /** A sliding window forgets: the tokens just before the cut must still be there. */
  #isHeldBefore(id: number, length: number): boolean {
    if (this.#slidingWindow === 0) return true;
    return this.#driver.firstHeldPosition(id) <= Math.max(0, length - this.#slidingWindow);
  }
}
