import type { ContextDriver } from './context-driver.ts';
import { chooseSequence, type SequenceOffer } from './prefix-reuse.ts';
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

export interface FreeChoice extends SequenceChoice {
  /** Another conversation would lose what it holds there. */
  isTaken: boolean;
  /** A smaller one would do, and it holds nothing of the prompt. */
  isOversized: boolean;
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
  /** Tokens a sequence has room for. Default: enough. */
  capacityOf?: ((sequence: number) => number) | undefined;
}

/** A larger sequence than needed is worth it where it holds this many tokens of the prompt. */
const leastMatch = 64;
/** Tokens of another conversation from which on it is worth a sequence of its own; fewer come back from the cache. */
const leastLoss = 1024;

/**
 * The sequences of one context: each belongs to one request at most. What the history says and what the native state
 * holds are the same at every step border.
 */
export class SequencePool {
  readonly #driver: ContextDriver;
  readonly #slidingWindow: number;
  readonly #sequences: PooledSequence[];
  readonly #capacityOf: (sequence: number) => number;
  readonly #busy = new Set<number>();
  #uses = 0;
  readonly #canCut: boolean;

  constructor({ driver, count, slidingWindow, canCut = true, capacityOf = () => Infinity }: SequencePoolOptions) {
    this.#canCut = canCut;
    this.#capacityOf = capacityOf;
    this.#driver = driver;
    this.#slidingWindow = slidingWindow;
    this.#sequences = Array.from({ length: count }, (_, id) => createSequence(id));
  }

  /** One more sequence; the context has it already. */
  add(id: number): void {
    this.#sequences.push(createSequence(id));
    this.#sequences.sort((left, right) => left.id - right.id);
  }

  /** A sequence leaves; nobody may use it. */
  remove(id: number): void {
    const index = this.#sequences.findIndex((sequence) => sequence.id === id);
    if (index >= 0) this.#sequences.splice(index, 1);
  }

  isFree({ id }: Sequence): boolean {
    return !this.#busy.has(id);
  }

  /** Of these, the one nobody uses that was used longest ago. */
  longestIdle(ids: readonly number[]): Sequence | undefined {
    const idle = this.#sequences.filter(({ id }) => ids.includes(id) && !this.#busy.has(id));
    return idle.sort((left, right) => left.lastUsed - right.lastUsed)[0];
  }

  /** The sequences with a number below `end` that hold anything. */
  heldBelow(end: number): number[] {
    return this.#sequences.filter(({ id, history }) => id < end && history.length > 0).map(({ id }) => id);
  }

  /** Tokens the sequence has room for. */
  capacityOf({ id }: Sequence): number {
    return this.#capacityOf(id);
  }

  /** True when some sequence, busy or not, has room for so many tokens. */
  hasRoomFor(tokens: number): boolean {
    return this.#sequences.some(({ id }) => this.#capacityOf(id) >= tokens);
  }

  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  get hasFree(): boolean {
    return this.#busy.size < this.#sequences.length;
  }

  /**
   * The best free sequence with room for so many tokens, and how much of the prompt it holds; undefined when none is free.
   * One that is larger than needed serves only what it holds the beginning of, unless no other is free.
   */
  choose(claim: PromptClaim, need = 0): FreeChoice | undefined {
    const { prompt } = claim;
    const fitting = this.#sequences.filter(({ id }) => this.#capacityOf(id) >= need);
    const tightest = Math.min(...fitting.map(({ id }) => this.#capacityOf(id)));
    const offers = fitting
      .filter(({ id }) => !this.#busy.has(id))
      .map((sequence) => {
        const { id, history, lastUsed } = sequence;
        const commonTokens = countUsable(sequence, claim);
        const isOversized = this.#capacityOf(id) > tightest && commonTokens < leastMatch;
        return { id, sequence, heldTokens: history.length, commonTokens, lastUsed, isOversized };
      });
    const apt = offers.filter(({ isOversized }) => !isOversized);
    const chosen = chooseSequence(apt.length > 0 ? apt : offers, prompt.length, this.#busy);
    if (!chosen) return undefined;
    const { sequence, commonTokens, isOversized } = chosen;
    return { sequence, commonTokens, isOversized, isTaken: isTaken(chosen, prompt.length) };
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

  /** Leaves the first `wanted` tokens, or none where the model's memory cannot be cut there. Returns what is left. */
  cut(sequence: Sequence, wanted: number): number {
    const { history, id } = sequence;
    const length = Math.min(wanted, history.length);
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

  /** What one sequence holds goes over to another, which has room for it. False: both are empty then. */
  move(from: Sequence, to: Sequence, copy: (from: number, to: number) => boolean): boolean {
    const target = this.#sequences.find(({ id }) => id === to.id);
    const isCopied = target !== undefined && copy(from.id, to.id);
    to.history.truncate(0);
    if (isCopied) {
      to.history.append(from.history.view());
      target.namespace = from.namespace;
    }
    this.reset(from);
    if (!isCopied) this.reset(to);
    return isCopied;
  }

  /** The context lost what these sequences held. */
  forget(ids: readonly number[]): void {
    for (const sequence of this.#sequences) if (ids.includes(sequence.id)) this.reset(sequence);
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

function createSequence(id: number): PooledSequence {
  return { id, history: new TokenHistory(), namespace: '', lastUsed: 0 };
}

/** A prompt that goes on from at least half of what is held, or is held whole, belongs to the same conversation. */
function isTaken({ heldTokens, commonTokens }: SequenceOffer, promptLength: number): boolean {
  if (commonTokens >= promptLength - 1 || commonTokens >= heldTokens / 2) return false;
  return heldTokens - commonTokens >= leastLoss;
}

function countUsable({ history, namespace }: Sequence, claim: PromptClaim): number {
  if (namespace !== claim.namespace) return 0;
  return Math.min(history.commonPrefixLength(claim.prompt), claim.prompt.length - 1);
}
