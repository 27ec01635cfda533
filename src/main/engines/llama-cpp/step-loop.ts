import { isAppError, type AppError } from '#shared/errors/app-error.ts';
import type { InstanceStats } from '../../engine-port/index.ts';
import { AdapterTurns } from './adapters/adapter-turns.ts';
import { BorderWork } from './border-work.ts';
import { DecodeAborted, type ContextDriver } from './context-driver.ts';
import { ContextUse } from './context-use.ts';
import type { GenerationRun } from './generation-run.ts';
import { countTokens, planStep, type PlannedPart } from './plan-step.ts';
import { PrefillPacer } from './prefill-pacer.ts';
import { Admissions } from './admissions.ts';
import type { RunningSlot } from './running-slot.ts';
import { SequencePool } from './sequence-pool.ts';
import { SequenceRoom } from './sequence-room.ts';
import { StateKeeper } from './state-keeper.ts';
import { RequestQueue } from './request-queue.ts';
import { measureParts, type StepPart } from './step-part.ts';
import { createStallError, createStepError } from './step-errors.ts';
import type { StepLoopOptions } from './step-loop-options.ts';
import { chooseTokens } from './speculation/choose-tokens.ts';
import { Speculator } from './speculation/speculator.ts';
import { StepStatistics } from './step-statistics.ts';
import type { StepKind } from './thread-plan.ts';
import { Watchdog } from './watchdog.ts';

/** Prompt tokens that even a slow machine computes within the stall limit. */
const patientBatchTokens = 64;
/** How long unloading waits for what is still to be written, in ms. */
const flushMs = 2_000;
const shortStepTokens = 16;
/** A step that takes longer leaves the thread to others: changing threads costs nothing beside it. */
const blockLimitMs = 50;

/**
 * The one loop of a model. Each step is one batch: a token of every running answer and a piece of the prompts that are
 * not read yet; then every answer chooses its next token. Requests beyond the sequences wait in order. Everything that touches
 * sequences happens between steps, never while the library computes.
 */
export class StepLoop {
  readonly #options: StepLoopOptions;
  readonly #driver: ContextDriver;
  readonly #pool: SequencePool;
  readonly #keeper: StateKeeper | undefined;
  readonly #admissions: Admissions;
  readonly #room: SequenceRoom | undefined;
  readonly #pacer = new PrefillPacer();
  readonly #statistics = new StepStatistics();
  readonly #use = new ContextUse();
  readonly #watchdog: Watchdog;
  readonly #borderWork = new BorderWork();
  readonly #turns: AdapterTurns;
  readonly #speculator: Speculator | undefined;
  /** Guessed tokens of the last step that were wrong. */
  #rejected = 0;
  readonly #running = new Map<number, RunningSlot>();
  /** Threads of the driver. */
  #threads: number;
  readonly #queue = new RequestQueue();
  #driving: Promise<void> | undefined;
  #isStalled = false;
  /** The parts that the library computes now. */
  #computing: readonly StepPart[] = [];
  #lastDecodeMs = Infinity;
  /** Resolves when a step hangs; a new one for every hang. */
  #stall = Promise.withResolvers<void>();
  #stopReason: AppError | undefined;

  constructor(options: StepLoopOptions) {
    const { cache, driver, growth } = options;
    this.#options = options;
    this.#driver = driver;
    this.#turns = new AdapterTurns(driver);
    if (options.speculates && (options.canCut ?? true) && options.slidingWindow === 0)
      this.#speculator = new Speculator();
    this.#threads = options.threadPlan.threads.decode;
    this.#pool = new SequencePool({
      driver,
      count: growth?.group.shelf.sequences ?? options.sequenceCount,
      slidingWindow: options.slidingWindow,
      canCut: options.canCut ?? true,
      capacityOf: growth && ((sequence) => growth.group.capacityOf(sequence)),
    });
    this.#keeper = cache && new StateKeeper({ driver, cache });
    const parts = { pool: this.#pool, keeper: this.#keeper, running: this.#running };
    this.#room = growth && new SequenceRoom({ growth, ...parts });
    if (growth) growth.onReady = () => this.wake();
    this.#admissions = new Admissions({
      ...{ ...parts, cache, room: this.#room, statistics: this.#statistics },
      toText: options.toText,
      onRestored: () => this.wake(),
    });
    this.#watchdog = new Watchdog({ limitMs: options.stallLimitMs, onStall: () => this.#onStall() });
  }

  /** Queues a request. It fails at once when the loop has stopped or hangs, or the queue is full. */
  submit(run: GenerationRun): void {
    const refusal = this.#findRefusal();
    if (refusal) return run.fail(refusal);
    this.#queue.add(run);
    this.wake();
  }

  /** Something outside changed: a request came, a reader left or caught up. */
  wake(): void {
    this.#abortDeadStep();
    this.#keeper?.wake();
    this.#driving ??= this.#drive();
  }

  /** What a request for so many tokens can have, where that is not simply all the context holds. */
  bounds(tokens: number): { contextSize: number } | undefined {
    return this.#room?.bounds(tokens);
  }

  stats(): InstanceStats {
    return {
      ...this.#statistics.toStats(),
      threads: this.#options.threadPlan.threads,
      context: this.#use.toStats({ ...this.#measureContext(), growths: this.#options.growth?.growths ?? 0 }),
      waitingRequests: this.#queue.size,
      sequences: this.#pool.sequences.map(({ id, history }) => ({
        id,
        state: this.#stateOf(this.#running.get(id)?.run),
        heldTokens: history.length,
      })),
    };
  }

  /** Drops what idle sequences and the cache hold. Resolves once that is done, at the next border between steps. */
  async forgetState(): Promise<void> {
    const forgotten = this.#borderWork.add(() => {
      for (const sequence of this.#pool.sequences) if (!this.#running.has(sequence.id)) this.#pool.reset(sequence);
    });
    this.wake();
    await forgotten;
    await this.#options.cache?.clear();
  }

  /**
   * Fails every request and lets the step that runs come back. Resolves to false when it hangs: then nothing of the
   * context may be freed.
   */
  async stop(reason: AppError): Promise<boolean> {
    this.#stopReason = reason;
    this.#failAll(reason);
    this.#abortDeadStep();
    if (!this.#isStalled) await Promise.race([this.#driving, this.#stall.promise]);
    if (this.#isStalled) return false;
    this.#settleFinished();
    await this.#options.growth?.stop();
    await this.#keeper?.close(this.#pool.sequences, flushMs);
    return true;
  }

  #findRefusal(): AppError | undefined {
    if (this.#stopReason) return this.#stopReason;
    if (this.#isStalled) return createStallError(this.#options.stallLimitMs);
    return this.#queue.refusal;
  }

  #measureContext(): { allocatedTokens: number; usedTokens: number } {
    const { growth, allocatedTokens = 0 } = this.#options;
    const usedTokens = this.#pool.sequences.reduce((sum, { history }) => sum + history.length, 0);
    return { allocatedTokens: growth?.group.allocatedTokens ?? allocatedTokens, usedTokens };
  }

  #stateOf(run: GenerationRun | undefined): 'idle' | 'prefill' | 'decode' {
    if (!run) return 'idle';
    return run.remainingPrompt > 0 ? 'prefill' : 'decode';
  }

  /** Steps until nobody can go on. Never rejects. */
  async #drive(): Promise<void> {
    // One turn, so that requests which arrive together begin together.
    await nextTurn();
    try {
      for (;;) {
        this.#borderWork.run();
        this.#settleFinished();
        this.#grow();
        this.#admitWaiting();
        const plan = this.#plan();
        if (plan.length === 0) return;
        await this.#step(plan);
      }
    } catch (error) {
      this.#failAll(createStepError(error));
      this.#settleFinished();
    } finally {
      this.#watchdog.rest();
      this.#driving = undefined;
      if (this.#running.size === 0 && !this.#stopReason) this.#rest();
    }
  }

  #rest(): void {
    this.#keeper?.rest(
      () => this.#pool.sequences,
      () => this.#driving === undefined && this.#stopReason === undefined,
    );
  }

  /** Frees the sequences of requests that are over. */
  #settleFinished(): void {
    for (const { run, sequence } of this.#running.values()) {
      if (!run.isOver) continue;
      this.#use.noteRequest({ tokens: sequence.history.length, running: this.#running.size });
      this.#running.delete(sequence.id);
      this.#pool.release(sequence);
    }
    this.#queue.dropFinished();
  }

  /** What was made comes into use, and answers that lack room get it. */
  #grow(): void {
    const { growth } = this.#options;
    if (!growth || !this.#room) return;
    const lost = growth.apply(this.#pool);
    this.#pool.forget(lost);
    for (const id of lost) this.#running.get(id)?.run.fail(createStepError(new Error('Its state could not be moved.')));
    this.#room.makeRoom();
  }

  #admitWaiting(): void {
    this.#admissions.startRestored();
    this.#queue.wakeParked();
    this.#admit();
    if (this.#queue.size > 0 && this.#parkSlow(this.#queue.size)) this.#admit();
  }

  #admit(): void {
    const { sequenceCount } = this.#options;
    this.#queue.admit((run, waiting) => this.#running.size < sequenceCount && this.#admissions.admit(run, waiting));
  }

  /** Takes so many sequences from answers whose readers are far behind. False: there are none. */
  #parkSlow(count: number): boolean {
    const slow = [...this.#running.values()].filter(
      ({ run, isReady }) => isReady && run.isPaused && run.remainingPrompt === 0 && !run.isOver,
    );
    for (const { run, sequence } of slow.slice(0, count)) {
      this.#queue.park(run);
      this.#running.delete(sequence.id);
      this.#pool.release(sequence);
    }
    return slow.length > 0;
  }

  #plan(): PlannedPart[] {
    const ready = this.#turns.choose([...this.#running.values()].filter(({ isReady }) => isReady));
    if (ready.length === 0) return [];
    const candidates = ready.map(({ run, sequence, order }) => ({
      sequence: sequence.id,
      prefillTokens: run.remainingPrompt,
      promptTokens: run.uncachedPrompt,
      pendingTokens: run.pendingTokens,
      wantsPromptScores: run.wantsPromptScores,
      isPaused: run.isPaused,
      order,
    }));
    const { batchSize } = this.#driver;
    return planStep(candidates, {
      batchSize,
      prefillBudget: (decodeTokens, waiting) => this.#pacer.chunk(decodeTokens, { limit: batchSize, waiting }),
    });
  }

  async #step(plan: readonly PlannedPart[]): Promise<void> {
    const startedAt = this.#options.now();
    this.#watchdog.begin(this.#toPatience(plan));
    try {
      const parts = await this.#decodeBatch(plan);
      this.#chooseAll(parts);
      this.#observe(parts, startedAt);
    } finally {
      this.#watchdog.end();
      this.#isStalled = false;
    }
  }

  /** The first long prompt of a large model may take minutes; once its cost is known, batches are cut to size. */
  #toPatience(plan: readonly PlannedPart[]): number {
    if (this.#pacer.knowsPrefill) return 1;
    return Math.max(1, countTokens(plan) / patientBatchTokens);
  }

  /** The parts that were computed; none when the library failed or was stopped. */
  async #decodeBatch(plan: readonly PlannedPart[]): Promise<readonly StepPart[]> {
    const parts: StepPart[] = [];
    try {
      const kind = this.#kindOf(plan);
      this.#useThreads(kind);
      this.#fillBatch(plan, parts);
      const isShort = kind === 'decode' && countTokens(plan) <= shortStepTokens && this.#lastDecodeMs < blockLimitMs;
      await this.#compute(parts, this.#options.mayBlock === true && isShort);
    } catch (error) {
      if (error instanceof DecodeAborted) this.#undoStep(parts);
      else this.#failStep(parts, error);
      return [];
    }
    this.#countStep(parts);
    return parts;
  }

  /** A short step runs on this thread; then the event loop has its turn, so that messages come and go. */
  async #compute(parts: readonly StepPart[], mayBlock: boolean): Promise<void> {
    if (mayBlock) await nextTurn();
    this.#computing = parts;
    try {
      await this.#driver.decode({ mayBlock });
    } finally {
      this.#computing = [];
    }
  }

  /** Ends a step that mostly computes a prompt nobody waits for any more. */
  #abortDeadStep(): void {
    let alive = 0;
    let dead = 0;
    for (const { slot, tokens } of this.#computing) {
      if (slot.run.isOver) dead += tokens.length;
      else alive += tokens.length;
    }
    if (dead > alive && this.#pool.canCut) this.#driver.abort();
  }

  /** The library may have computed a part of the batch: it is cut off again, and who is alive tries once more. */
  #undoStep(parts: readonly StepPart[]): void {
    for (const { slot } of parts) {
      if (this.#pool.restore(slot.sequence)) continue;
      slot.run.fail(createStepError(new Error('Its state could not be restored.')));
    }
  }

  #kindOf(plan: readonly PlannedPart[]): StepKind {
    const hasPrompt = plan.some(({ sequence }) => this.#stateOf(this.#running.get(sequence)?.run) === 'prefill');
    return hasPrompt ? 'prefill' : 'decode';
  }

  #useThreads(kind: StepKind): void {
    const threads = this.#options.threadPlan.next(kind, this.#options.now());
    if (threads === this.#threads) return;
    this.#driver.setThreads(threads);
    this.#threads = threads;
  }

  #fillBatch(plan: readonly PlannedPart[], parts: StepPart[]): void {
    this.#driver.beginBatch();
    for (const { sequence: id, tokenCount } of plan) {
      const slot = this.#running.get(id);
      if (!slot) continue;
      const isPrefill = slot.run.remainingPrompt > 0;
      const { tokens, scoreCount } = slot.run.takePart(tokenCount);
      const part = this.#withDraft({ slot, tokens, isPrefill, index: -1, scoreCount }, plan.length);
      parts.push(part);
      const position = slot.sequence.history.length;
      part.index = this.#driver.addToBatch({ ...part, sequence: id, position });
    }
  }

  /** Guesses help an answer that runs alone: a batch of unequal parts takes more passes over the weights. */
  #withDraft(part: StepPart, partCount: number): StepPart {
    if (!this.#speculator || partCount > 1 || this.#running.size > 1) return part;
    const { id, history } = part.slot.sequence;
    const capacity = this.#options.growth?.group.capacityOf(id) ?? Infinity;
    return this.#speculator.extend(part, capacity - history.length);
  }

  /** What is computed is in the sequences now, whatever became of the requests meanwhile. */
  #countStep(parts: readonly StepPart[]): void {
    let tokenCount = 0;
    for (const { slot, tokens, isPrefill, draft = [] } of parts) {
      tokenCount += tokens.length;
      slot.sequence.history.append(tokens);
      if (isPrefill) this.#statistics.prefillTokens += tokens.length;
      if (!slot.run.isOver) slot.run.advance(tokens.length - draft.length);
    }
    this.#statistics.countStep(tokenCount);
    this.#use.observe(this.#measureContext());
  }

  /** Each answer chooses from its own scores; a failure is one request's own. */
  #chooseAll(parts: readonly StepPart[]): void {
    this.#rejected = 0;
    for (const part of parts) {
      const { run, sequence } = part.slot;
      const before = run.completionTokens;
      try {
        this.#rejected = chooseTokens(part, (index) => this.#driver.scoresAt(index));
        const kept = sequence.history.length - this.#rejected;
        if (this.#pool.cut(sequence, kept) !== kept) throw new Error('What was guessed could not be taken back.');
      } catch (error) {
        run.fail(isAppError(error) ? error : createStepError(error));
      }
      this.#statistics.generatedTokens += run.completionTokens - before;
    }
  }

  #observe(parts: readonly StepPart[], startedAt: number): void {
    if (parts.length === 0) return;
    const atMs = this.#options.now();
    const durationMs = atMs - startedAt;
    const { prefillTokens, decodeTokens, tokenCount, heldTokens } = measureParts(parts);
    this.#pacer.observe({ decodeTokens, prefillTokens: tokenCount - decodeTokens, durationMs });
    if (prefillTokens === 0) this.#lastDecodeMs = durationMs;
    else if (decodeTokens === 0) this.#options.cache?.observePrefill(prefillTokens, durationMs);
    const [only] = parts;
    if (only && parts.length === 1 && prefillTokens === 0) {
      this.#speculator?.observe(only, { rejected: this.#rejected, durationMs });
    }
    const kind = prefillTokens > 0 ? 'prefill' : 'decode';
    this.#options.threadPlan.observe({ kind, tokens: tokenCount, heldTokens, durationMs, atMs });
  }

  /** A failed decode leaves the state of its sequences unknown: they begin anew. */
  #failStep(parts: readonly StepPart[], error: unknown): void {
    for (const { slot } of parts) {
      slot.run.fail(createStepError(error));
      this.#pool.reset(slot.sequence);
    }
  }

  #onStall(): void {
    this.#isStalled = true;
    this.#stall.resolve();
    this.#stall = Promise.withResolvers();
    const error = createStallError(this.#options.stallLimitMs);
    this.#failAll(error);
    this.#options.onStall?.(error);
  }

  #failAll(error: AppError): void {
    for (const { run } of this.#running.values()) run.fail(error);
    this.#queue.failAll(error);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
