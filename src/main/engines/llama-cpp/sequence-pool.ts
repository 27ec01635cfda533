import type { ContextDriver } from './context-driver.ts';
import { chooseSequence } from './prefix-reuse.ts';
import { TokenHistory } from './token-history.ts';

/** One sequence of the context and what its key/value state holds. */
export interface Sequence {
  readonly id: number;
  readonly history: TokenHistory;
  /** Whose requests it served last: what it holds is theirs alone. */
  readonly namespace: string;
}

/** A prompt and whose state it may use. */
export interface PromptClaim {
  prompt: Uint32Array;
  namespace: string;
}

export interface SequenceChoice {
  sequence: Sequence;
  /** Tokens of the prompt that it holds; at least one is left to compute. */
  commonTokens: number;
}

interface PooledSequence extends Sequence {
  namespace: string;
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
  readonly #canCut: boolean;

  constructor({ driver, count, slidingWindow, canCut = true }: SequencePoolOptions) {
    this.#canCut = canCut;
    this.#driver = driver;
    this.#slidingWindow = slidingWindow;
    this.#sequences = Array.from({ length: count }, (_, id) => ({
      id,
      history: new TokenHistory(),
      namespace: '',
      lastUsed: 0,
    }));
  }

  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  get hasFree(): boolean {
    return this.#busy.size < this.#sequences.length;
  }

  /** The best free sequence for a prompt, and how much of the prompt it holds. Throws when none is free. */
  choose(claim: PromptClaim): SequenceChoice {
    const { prompt } = claim;
    const free = this.#sequences.filter(({ id }) => !this.#busy.has(id));
    const offers = free.map((sequence) => ({
      id: sequence.id,
      heldTokens: sequence.history.length,
      commonTokens: countUsable(sequence, claim),
      lastUsed: sequence.lastUsed,
    }));
    const chosen = chooseSequence(offers, prompt.length, this.#busy);
    const sequence = free.find(({ id }) => id === chosen?.id);
    if (!chosen || !sequence) throw new Error('No sequence is free.');
    return { sequence, commonTokens: chosen.commonTokens };
  }

  /** The sequence, busy or not, that shares most with the prompt; `except` is left out. */
  findClosest(claim: PromptClaim, except?: Sequence): SequenceChoice | undefined {
    let best: SequenceChoice | undefined;
    for (const sequence of this.#sequences) {
      if (sequence === except) continue;
      const commonTokens = countUsable(sequence, claim);
      if (commonTokens > (best?.commonTokens ?? 0)) best = { sequence, commonTokens };
    }
    return best;
  }

  /** Takes a sequence that `choose` gave: nobody else gets it until it is released. */
  take({ id }: Sequence, namespace: string): void {
    const sequence = this.#sequences.find((candidate) => candidate.id === id);
    if (!sequence || this.#busy.has(id)) throw new Error(`Sequence ${id} is not free.`);
    this.#busy.add(id);
    sequence.lastUsed = ++this.#uses;
    if (sequence.namespace !== namespace) this.reset(sequence);
    sequence.namespace = namespace;
  }

  /** Leaves the first `length` tokens, or none where the model's memory cannot be cut there. Returns what is left. */
  cut(sequence: Sequence, length: number): number {
    const { history, id } = sequence;
    if (history.length === length) return length;
    if (length > 0 && this.#isHeldBefore(id, length) && this.#driver.truncate(id, length)) {
      history.truncate(length);
      return length;
    }
    this.reset(sequence);
    return 0;
  }

  /** Fills a taken sequence with a saved state of these tokens. False: it is empty now. */
  load(sequence: Sequence, tokens: Uint32Array, state: Uint8Array): boolean {
    sequence.history.truncate(0);
    if (!this.#driver.loadState(sequence.id, state)) return false;
    sequence.history.append(tokens);
    return true;
  }

  /** Gives the sequence back; what it holds stays for the next prompt that begins the same. */
  release(sequence: Sequence): void {
    this.#busy.delete(sequence.id);
  }

  /** False: the state of a sequence is one running sum, as in recurrent models. */
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

  /** A sliding window forgets: the tokens just before the cut must still be there. */
  #isHeldBefore(id: number, length: number): boolean {
    if (this.#slidingWindow === 0) return true;
    return this.#driver.firstHeldPosition(id) <= Math.max(0, length - this.#slidingWindow);
  }
}

function countUsable({ history, namespace }: Sequence, claim: PromptClaim): number {
  if (namespace !== claim.namespace) return 0;
  return Math.min(history.commonPrefixLength(claim.prompt), claim.prompt.length - 1);
}
