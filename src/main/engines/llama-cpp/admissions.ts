import type { PrefixBreak } from '#shared/domain/cache-report.ts';
import { AdmissionPlanner, type StateCache } from './admission-planner.ts';
import type { GenerationRun } from './generation-run.ts';
import { findTokenBreak } from './prefix-break.ts';
import type { Sequence, SequencePool } from './sequence-pool.ts';
import { fitsSpareMemory } from './spare-memory.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { StepStatistics } from './step-statistics.ts';

/** A request that holds a sequence. */
export interface RunningSlot {
  run: GenerationRun;
  sequence: Sequence;
  order: number;
  /** False while the beginning of its prompt is being brought in from the cache. */
  isReady: boolean;
  break?: PrefixBreak | undefined;
}

/** A beginning that was brought in; without `state` it could not be. */
interface Restored {
  slot: RunningSlot;
  commonTokens: number;
  length: number;
  state: Uint8Array | undefined;
}

export interface AdmissionsOptions {
  pool: SequencePool;
  cache: StateCache | undefined;
  keeper: StateKeeper | undefined;
  /** By sequence; a request that gets one is entered here. */
  running: Map<number, RunningSlot>;
  statistics: StepStatistics;
  /** Text of tokens, for telling what broke a prompt's beginning. */
  toText: (tokens: Uint32Array) => string;
  /** A beginning has come in: `startRestored` wants to be called at the next border. */
  onRestored: () => void;
}

/** Whose state it is: until requests carry keys, everybody's. */
const namespace = 'everyone';

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

  /** A sequence must be free. False: it has to wait for another request that computes the same beginning. */
  admit(run: GenerationRun): boolean {
    const { pool, keeper, running } = this.#options;
    const reading = Array.from(running.values(), ({ run: other, isReady }) => ({
      prompt: other.prompt,
      namespace,
      position: isReady ? other.prompt.length - other.remainingPrompt : 0,
    }));
    const claim = { prompt: run.prompt, namespace, mayReuse: run.mayReuse };
    const choice = this.#planner.choose(claim, reading);
    if (choice.type === 'wait') return false;
    const { sequence, commonTokens } = choice;
    const tokenBreak = run.mayReuse ? this.#findBreak(run.prompt) : undefined;
    // What it holds beyond the common beginning is lost otherwise.
    if (sequence.history.length > commonTokens) void keeper?.keep(sequence);
    pool.take(sequence, namespace);
    const slot = { run, sequence, order: this.#count++, isReady: choice.type === 'start', break: tokenBreak };
    running.set(sequence.id, slot);
    if (choice.type === 'start') this.#begin(slot, { cachedTokens: pool.cut(sequence, commonTokens) });
    else void this.#bringIn(slot, commonTokens, choice.donor);
    return true;
  }

  /** Lets the requests go on whose beginnings have come in since the last border. */
  startRestored(): void {
    const { pool, running, statistics } = this.#options;
    for (const { slot, commonTokens, length, state } of this.#restored.splice(0)) {
      const { run, sequence } = slot;
      if (running.get(sequence.id) !== slot) continue;
      slot.isReady = true;
      if (state && pool.load(sequence, run.prompt.subarray(0, length), state)) {
        statistics.restoredTokens += length;
        this.#begin(slot, { cachedTokens: length, restoredTokens: length });
      } else this.#begin(slot, { cachedTokens: pool.cut(sequence, Math.min(commonTokens, sequence.history.length)) });
    }
  }

  #begin(
    { run, break: found }: RunningSlot,
    { cachedTokens, restoredTokens = 0 }: { cachedTokens: number; restoredTokens?: number },
  ): void {
    this.#options.statistics.reusedTokens += cachedTokens;
    // A longer beginning than the broken one was found after all.
    const isBroken = found !== undefined && cachedTokens <= found.position;
    run.noteReuse({ restoredTokens, ...(isBroken ? { break: found } : {}) });
    run.begin(cachedTokens);
  }

  /** The changed value without which the sequence that is most like the prompt would serve it. */
  #findBreak(prompt: Uint32Array): PrefixBreak | undefined {
    const { pool, toText } = this.#options;
    const closest = pool.findClosest({ prompt, namespace });
    if (!closest) return undefined;
    const held = closest.sequence.history.view();
    const found = findTokenBreak(held, prompt, closest.commonTokens);
    if (!found) return undefined;
    const { position, heldEnd, promptEnd, lostTokens } = found;
    const before = toText(held.subarray(position, heldEnd));
    return { position, before, now: toText(prompt.subarray(position, promptEnd)), lostTokens };
  }

  /** Reads the beginning of a prompt from the cache while others go on. Never rejects. */
  async #bringIn(slot: RunningSlot, commonTokens: number, donor: Sequence | undefined): Promise<void> {
    const { cache, keeper, onRestored } = this.#options;
    const restored: Restored = { slot, commonTokens, length: 0, state: undefined };
    try {
      if (donor) await keeper?.keep(donor);
      // A damaged block is forgotten: the second look finds what is left.
      for (let look = 0; look < 2 && !restored.state; look++) {
        const found = cache?.find(slot.run.prompt, namespace, commonTokens);
        if (!found || !fitsSpareMemory(found.bytes.ram + found.bytes.disk)) break;
        restored.length = found.length;
        restored.state = await cache?.restore(found);
      }
    } catch {
      // A beginning that cannot be read is computed.
    }
    this.#restored.push(restored);
    onRestored();
  }
}
