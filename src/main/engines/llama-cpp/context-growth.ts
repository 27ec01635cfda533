import type { ContextGroup } from './context-group.ts';
import type { ContextShape, MemberContext } from './context-driver.ts';
import { planGrowth, type GrowthPlan, type GrowthWish } from './plan-growth.ts';
import type { Sequence, SequencePool } from './sequence-pool.ts';

export interface ContextGrowthOptions {
  group: ContextGroup;
  /** Makes one more context on the same weights, off this thread. Resolves to undefined when the library cannot. */
  create: (shape: ContextShape) => Promise<MemberContext | undefined>;
  /** What the shelf and any sequence may grow to. */
  limits: ContextShape;
  /** False: a state only fits a context with as many sequences. */
  isPortable: boolean;
  /** Key/value bytes of a token, and what a context takes beside them. */
  memory: { bytesPerToken: number; fixedBytes: number };
  /** Bytes that may be taken now. */
  freeBytes: () => number;
  /** Monotonic clock in ms. */
  now: () => number;
}

interface Made {
  plan: GrowthPlan;
  member: MemberContext;
}

/** Tokens of an answer that room is made for before it begins. */
const answerReserve = 256;
/** After the library could not make a context, nothing as large is tried for so long. */
const retryMs = 60_000;

/**
 * Lets the contexts of a model grow with what its requests need. New contexts are made while steps go on; they come into
 * use between two steps. Nothing that a sequence holds is lost by it.
 */
export class ContextGrowth {
  readonly group: ContextGroup;
  readonly #options: ContextGrowthOptions;
  #making: Promise<void> | undefined;
  #made: Made | undefined;
  #isStopped = false;
  #growths = 0;
  /** What the library could not make, and until when that is believed. */
  #refused = { bytes: Infinity, until: 0 };
  /** Called when a context is there: `apply` wants to be called between two steps. */
  onReady: () => void = () => undefined;

  constructor(options: ContextGrowthOptions) {
    this.#options = options;
    this.group = options.group;
  }

  /** Requests that may run at a time. */
  get slots(): number {
    return this.#options.limits.sequences;
  }

  /** Most tokens of any one sequence. */
  get contextLimit(): number {
    return this.#options.limits.contextSize;
  }

  /** How often a context was made. */
  get growths(): number {
    return this.#growths;
  }

  /** Tokens that a request is given room for at first; it gets more as it grows. */
  needOf({ promptTokens, tokenLimit }: { promptTokens: number; tokenLimit: number }): number {
    return Math.min(this.#options.limits.contextSize, promptTokens + Math.min(tokenLimit, answerReserve));
  }

  /** Most tokens that one sequence can hold now. Whether the memory has more is asked where `wanted` is beyond what there is. */
  largest(wanted: number): number {
    const { group, limits } = this.#options;
    const there = Math.max(group.shelf.contextSize, ...group.deepSequences.map((id) => group.capacityOf(id)));
    if (wanted <= there) return there;
    const { bytesPerToken, fixedBytes } = this.#options.memory;
    const more = Math.floor((this.#options.freeBytes() - fixedBytes) / Math.max(1, bytesPerToken));
    return Math.min(limits.contextSize, Math.max(there, more));
  }

  /**
   * True when something is being made that the request should wait for. False: what there is has to do. `pool` tells which
   * sequences nobody uses; `keep` saves what one holds before it goes.
   */
  request(wish: GrowthWish, pool: SequencePool, keep: (sequence: Sequence) => void): boolean {
    if (this.#isStopped) return false;
    const plan = planGrowth(wish, {
      shelf: this.group.shelf,
      deepCount: this.group.deepSequences.length,
      idleDeep: pool.longestIdle(this.group.deepSequences)?.id,
      limits: this.#options.limits,
      isPortable: this.#options.isPortable,
      canTake: (shape, freed) => this.#canTake(shape, freed),
    });
    if (!plan) return false;
    if (this.#making || this.#made) return true;
    if (plan.type === 'deep' && plan.drops !== undefined) this.#drop(plan.drops, pool, keep);
    this.#making = this.#make(plan).finally(() => {
      this.#making = undefined;
      this.onReady();
    });
    return true;
  }

  /** Puts what was made into use. Between two steps only. Returns the sequences that lost their state: none, normally. */
  apply(pool: SequencePool): number[] {
    const made = this.#made;
    if (!made) return [];
    this.#made = undefined;
    this.#growths++;
    const { plan, member } = made;
    if (plan.type === 'deep') {
      pool.add(this.group.addDeep(member));
      return [];
    }
    const before = this.group.shelf.sequences;
    const lost = this.group.replaceShelf(member, pool.heldBelow(before));
    for (let id = before; id < member.sequences; id++) pool.add(id);
    return lost;
  }

  /** A sequence with a context of its own, empty and free, goes. */
  drop({ id }: Sequence, pool: SequencePool): void {
    if (!this.group.deepSequences.includes(id)) return;
    pool.remove(id);
    this.group.removeDeep(id);
  }

  /** Nothing more is made; resolves when nothing is being made. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#making;
    this.#made?.member.dispose();
    this.#made = undefined;
  }

  async #make(plan: GrowthPlan): Promise<void> {
    const bytes = this.#bytesOf(plan.shape);
    const member = await this.#options.create(plan.shape).catch(() => undefined);
    if (member) this.#made = { plan, member };
    else this.#refused = { bytes, until: this.#options.now() + retryMs };
  }

  #canTake(shape: ContextShape, freed?: number): boolean {
    const { freeBytes, now } = this.#options;
    const bytes = this.#bytesOf(shape);
    if (bytes >= this.#refused.bytes && now() < this.#refused.until) return false;
    const returned =
      freed === undefined ? 0 : this.#bytesOf({ contextSize: this.group.capacityOf(freed), sequences: 1 });
    return bytes <= freeBytes() + returned;
  }

  #bytesOf({ contextSize, sequences }: ContextShape): number {
    const { bytesPerToken, fixedBytes } = this.#options.memory;
    return fixedBytes + contextSize * sequences * bytesPerToken;
  }

  #drop(id: number, pool: SequencePool, keep: (sequence: Sequence) => void): void {
    const sequence = pool.sequences.find((candidate) => candidate.id === id);
    if (!sequence) return;
    keep(sequence);
    this.drop(sequence, pool);
  }
}
