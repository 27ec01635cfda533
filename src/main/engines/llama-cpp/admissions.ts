import type { PrefixBreak } from '#shared/domain/cache-report.ts';
import { AdmissionPlanner, type ReadingPrompt, type StateCache } from './admission-planner.ts';
import type { GenerationRun } from './generation-run.ts';
import { findTokenBreak } from './prefix-break.ts';
import type { RunningSlot } from './running-slot.ts';
import type { FreeChoice, PromptClaim, Sequence, SequenceChoice, SequencePool } from './sequence-pool.ts';
import type { SequenceRoom } from './sequence-room.ts';
import { toStreamCount } from './kv-cache/index.ts';
import { fitsSpareMemory } from './spare-memory.ts';
import type { StateKeeper } from './state-keeper.ts';
import { createOverflow } from './step-errors.ts';
import type { StepStatistics } from './step-statistics.ts';

/** A beginning that was brought in; without `state` it could not be. */
interface Restored {
  slot: RunningSlot;
  commonTokens: number;
  length: number;
  state: Uint8Array | undefined;
  /** Streams that the state is written for. */
  streamCount: number | undefined;
}

export interface AdmissionsOptions {
  pool: SequencePool;
  cache: StateCache | undefined;
  keeper: StateKeeper | undefined;
  /** Absent: the context stays as it is. */
  room: SequenceRoom | undefined;
  /** By sequence; a request that gets one is entered here. */
  running: Map<number, RunningSlot>;
  statistics: StepStatistics;
  /** Text of tokens, for telling what broke a prompt's beginning. */
  toText: (tokens: Uint32Array) => string;
  /** A beginning has come in: `startRestored` wants to be called at the next border. */
  onRestored: () => void;
}

/** Tokens around a changed value that tell what kind of value it is. */
const contextTokens = 16;

/** Gives requests their sequences, and the sequences what is known of the prompts. Called between steps only. */
export class Admissions {
  readonly #options: AdmissionsOptions;
  readonly #planner: AdmissionPlanner;
  #count = 0;
  #restored: Restored[] = [];

  constructor(options: AdmissionsOptions) {
    this.#options = options;
    this.#planner = new AdmissionPlanner(options);
  }

  /**
   * `waiting`: requests that want a sequence now. False: it has to wait, for a sequence or for another request that
   * computes the same beginning.
   */
  admit(run: GenerationRun, waiting: number): boolean {
    const claim = { prompt: run.wantedTokens, namespace: run.adapters.key };
    const found = this.#options.pool.choose(claim, this.#options.room?.needOf(run));
    if (run.mayReuse && this.#planner.mustWait(claim, found?.commonTokens ?? 0, this.#listReading())) return false;
    if (this.#isMakingRoom(run, found, waiting)) return false;
    const choice = found ?? this.#options.pool.choose(claim, leastRoom(run));
    if (!choice) return this.#refuseWithoutRoom(run);
    this.#start(run, claim, this.#toBeginning(run, claim, choice));
    return true;
  }

  #isMakingRoom(run: GenerationRun, choice: FreeChoice | undefined, waiting: number): boolean {
    const { room } = this.#options;
    return room?.isMaking({ need: room.needOf(run), choice, waiting }) ?? false;
  }

  #toBeginning({ mayReuse }: GenerationRun, claim: PromptClaim, choice: FreeChoice): SequenceChoice {
    if (!mayReuse) return { ...choice, commonTokens: 0 };
    return this.#options.room?.moveCloser(claim, choice) ?? choice;
  }

  /** Lets the requests go on whose beginnings have come in since the last border. */
  startRestored(): void {
    const { pool, running, statistics } = this.#options;
    for (const { slot, commonTokens, length, ...restored } of this.#restored.splice(0)) {
      const { sequence } = slot;
      if (running.get(sequence.id) !== slot) continue;
      slot.isReady = true;
      const state = this.#toFitting(sequence, restored);
      if (state && pool.load(sequence, slot.wanted.subarray(0, length), state)) {
        statistics.restoredTokens += length;
        this.#begin(slot, { cachedTokens: length, restoredTokens: length });
      } else this.#begin(slot, { cachedTokens: pool.cut(sequence, Math.min(commonTokens, sequence.history.length)) });
    }
  }

  #start(run: GenerationRun, claim: PromptClaim, found: SequenceChoice): void {
    const { pool, keeper, running } = this.#options;
    const choice = run.mayReuse ? this.#planner.choose(claim, found) : { type: 'start' as const, ...found };
    const { sequence, commonTokens } = choice;
    const tokenBreak = run.mayReuse && !run.isParked ? this.#findBreak(claim) : undefined;
    // What it holds beyond the common beginning is lost otherwise.
    if (sequence.history.length > commonTokens) void keeper?.keep(sequence);
    pool.take(sequence, claim.namespace);
    const wanted = claim.prompt;
    const slot = { run, wanted, sequence, order: this.#count++, isReady: choice.type === 'start', break: tokenBreak };
    running.set(sequence.id, slot);
    if (choice.type === 'start') this.#begin(slot, { cachedTokens: pool.cut(sequence, commonTokens) });
    else void this.#bringIn(slot, commonTokens, choice.donor);
  }

  /** The context may have been made anew while the state came in. */
  #toFitting(
    { id }: Sequence,
    { state, streamCount }: Pick<Restored, 'state' | 'streamCount'>,
  ): Uint8Array | undefined {
    const to = this.#options.room?.streamsOf(id);
    if (!state || streamCount === undefined || to === undefined) return state;
    return toStreamCount(state, { from: streamCount, to });
  }

  /** No free sequence has room for it: one that is busy may be had later, else it fails. True: it left the queue. */
  #refuseWithoutRoom(run: GenerationRun): boolean {
    const { pool, room } = this.#options;
    if (!room || pool.hasRoomFor(leastRoom(run))) return false;
    const { prompt, tokenLimit } = run;
    const bounds = room.bounds(prompt.length + tokenLimit);
    run.fail(createOverflow({ promptTokens: prompt.length, maxTokens: tokenLimit, ...bounds }));
    return true;
  }

  #listReading(): ReadingPrompt[] {
    return Array.from(this.#options.running.values(), ({ run, isReady }) => ({
      prompt: run.prompt,
      namespace: run.adapters.key,
      position: isReady ? run.prompt.length - run.remainingPrompt : 0,
    }));
  }

  #begin(
    { run, break: found }: RunningSlot,
    { cachedTokens, restoredTokens = 0 }: { cachedTokens: number; restoredTokens?: number },
  ): void {
    if (run.isParked) return run.begin(cachedTokens);
    this.#options.statistics.reusedTokens += cachedTokens;
    // A longer beginning than the broken one was found after all.
    const isBroken = found !== undefined && cachedTokens <= found.position;
    run.noteReuse({ restoredTokens, ...(isBroken ? { break: found } : {}) });
    run.begin(cachedTokens);
  }

  /** The changed value without which the sequence that is most like the prompt would serve it. */
  #findBreak(claim: PromptClaim): PrefixBreak | undefined {
    const { pool, toText } = this.#options;
    const { prompt } = claim;
    const closest = pool.findClosest(claim);
    if (!closest) return undefined;
    const held = closest.sequence.history.view();
    const found = findTokenBreak(held, prompt, closest.commonTokens);
    if (!found) return undefined;
    const { position, heldEnd, promptEnd, lostTokens } = found;
    return {
      ...{ position, lostTokens },
      before: toText(held.subarray(position, heldEnd)),
      now: toText(prompt.subarray(position, promptEnd)),
      left: toText(prompt.subarray(Math.max(0, position - contextTokens), position)),
      right: toText(prompt.subarray(promptEnd, promptEnd + contextTokens)),
    };
  }

  /** Reads the beginning of a prompt from the cache while others go on. Never rejects. */
  async #bringIn(slot: RunningSlot, commonTokens: number, donor: Sequence | undefined): Promise<void> {
    const { cache, keeper, room, onRestored } = this.#options;
    const { sequence } = slot;
    const streamCount = room?.streamsOf(sequence.id);
    const restored: Restored = { slot, commonTokens, length: 0, state: undefined, streamCount };
    try {
      if (donor) await keeper?.keep(donor);
      // A damaged block is forgotten: the second look finds what is left.
      for (let look = 0; look < 2 && !restored.state; look++) {
        const found = cache?.find(slot.wanted, slot.run.adapters.key, commonTokens);
        if (!found || !fitsSpareMemory(found.bytes.ram + found.bytes.disk)) break;
        restored.length = found.length;
        restored.state = await cache?.restore(found, streamCount);
      }
    } catch {
      // A beginning that cannot be read is computed.
    }
    this.#restored.push(restored);
    onRestored();
  }
}

/** Tokens it needs room for to give any answer at all. */
function leastRoom({ prompt, completionTokens, wantsTokens }: GenerationRun): number {
  return prompt.length + completionTokens + (wantsTokens ? 1 : 0);
}
