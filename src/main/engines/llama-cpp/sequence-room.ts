import type { ContextGrowth } from './context-growth.ts';
import type { RunningSlot } from './running-slot.ts';
import type { GenerationRun } from './generation-run.ts';
import type { FreeChoice, PromptClaim, Sequence, SequenceChoice, SequencePool } from './sequence-pool.ts';
import type { StateKeeper } from './state-keeper.ts';

export interface SequenceRoomOptions {
  growth: ContextGrowth;
  pool: SequencePool;
  keeper: StateKeeper | undefined;
  /** By sequence. */
  running: Map<number, RunningSlot>;
}

interface RoomWish {
  need: number;
  choice: FreeChoice | undefined;
  /** Requests that want a sequence now. */
  waiting: number;
}

/** What a move to a larger sequence has to save beyond what that holds, in tokens. */
const leastMoved = 32;

/** Finds every request a sequence with room for it, also in the middle of an answer. Called between steps only. */
export class SequenceRoom {
  readonly #options: SequenceRoomOptions;

  constructor(options: SequenceRoomOptions) {
    this.#options = options;
  }

  /** Tokens that a request is given room for at first. */
  needOf({ prompt, completionTokens, tokenLimit }: GenerationRun): number {
    const promptTokens = prompt.length + completionTokens;
    return this.#options.growth.needOf({ promptTokens, tokenLimit: tokenLimit - completionTokens });
  }

  streamsOf(sequence: number): number {
    return this.#options.growth.group.streamsOf(sequence);
  }

  /** What one request that wants so many tokens can have now, and with more memory. */
  bounds(tokens: number): { contextSize: number; grownContextSize: number } {
    const { growth } = this.#options;
    return { contextSize: growth.largest(tokens), grownContextSize: growth.contextLimit };
  }

  /** True when something is being made that the request should wait for. */
  isMaking(wish: RoomWish): boolean {
    const { growth, pool, keeper, running } = this.#options;
    const busyDeep = growth.group.deepSequences.filter((id) => running.has(id)).length;
    return growth.request({ ...wish, busyDeep }, pool, (sequence) => void keeper?.keep(sequence));
  }

  /** What an idle sequence with less room holds of the prompt goes over to the larger one that was chosen. */
  moveCloser(claim: PromptClaim, choice: FreeChoice): SequenceChoice {
    const { pool, keeper } = this.#options;
    const { sequence, commonTokens } = choice;
    const donor = pool.findClosest(claim, sequence);
    if (!donor || donor.commonTokens < commonTokens + leastMoved || !this.#mayGo(donor, sequence)) return choice;
    if (donor.sequence.history.length > donor.commonTokens) void keeper?.keep(donor.sequence);
    if (sequence.history.length > 0) void keeper?.keep(sequence);
    const isMoved = this.#move(donor.sequence, sequence);
    return { sequence, commonTokens: isMoved ? donor.commonTokens : 0 };
  }

  /** Answers whose sequence is full go on in a larger one, wait until that is made, or end where none can be had. */
  makeRoom(): void {
    for (const slot of [...this.#options.running.values()]) {
      const { run, sequence } = slot;
      if (run.isOver || run.remainingPrompt > 0 || run.pendingTokens === 0) continue;
      const used = sequence.history.length + run.pendingTokens;
      // The shelf itself may have grown.
      if (used <= this.#options.pool.capacityOf(sequence)) slot.isReady = true;
      else this.#giveRoom(slot, used);
    }
  }

  #giveRoom(slot: RunningSlot, used: number): void {
    const { growth, pool } = this.#options;
    const { run, sequence } = slot;
    slot.isReady = false;
    const tokenLimit = run.tokenLimit - run.completionTokens;
    const need = Math.max(used, growth.needOf({ promptTokens: used, tokenLimit }));
    const claim = { prompt: sequence.history.toTokens(), namespace: sequence.namespace };
    const found = pool.choose(claim, need);
    if (this.isMaking({ need, choice: found, waiting: 1 })) return;
    const target = found ?? pool.choose(claim, used);
    if (target) this.#moveSlot(slot, target.sequence);
    else run.endFull();
  }

  #moveSlot(slot: RunningSlot, target: Sequence): void {
    const { pool, keeper, running } = this.#options;
    const { sequence, run } = slot;
    if (target.history.length > 0) void keeper?.keep(target);
    pool.take(target, sequence.namespace);
    running.delete(sequence.id);
    pool.release(sequence);
    running.set(target.id, slot);
    slot.sequence = target;
    slot.isReady = true;
    if (!this.#move(sequence, target)) run.endFull();
  }

  #move(from: Sequence, to: Sequence): boolean {
    const { growth, pool } = this.#options;
    const isMoved = pool.move(from, to, (source, target) => growth.group.copy(source, target));
    growth.drop(from, pool);
    return isMoved;
  }

  /** It is idle, has less room, and what it holds beyond the prompt's beginning is not another conversation. */
  #mayGo({ sequence: donor, commonTokens }: SequenceChoice, target: Sequence): boolean {
    const { pool } = this.#options;
    const heldTokens = donor.history.length;
    const hasLessRoom = pool.capacityOf(donor) < pool.capacityOf(target);
    return pool.isFree(donor) && hasLessRoom && commonTokens >= heldTokens / 2;
  }
}
