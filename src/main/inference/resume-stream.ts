import { setTimeout } from 'node:timers/promises';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { forEachValue, type EventSource, type ValueListener } from '../base/index.ts';
import type { EngineInstance, GenerationTask } from '../engine-port/index.ts';
import { SentRecord } from './sent-record.ts';

/** Deaths that one answer survives; the scheduler puts the file in quarantine after as many. */
const mostResumes = 3;
/** How long a failure may come before the news that the engine's process is gone, in ms. */
const closeGraceMs = 500;

export interface ResumeOptions {
  /** The engine instance to use now: after a death, another one with the same model. */
  obtain: () => Promise<EngineInstance>;
  task: GenerationTask;
  signal: AbortSignal;
  /** Told before the answer goes on in another engine, with the number of tokens that were sent. */
  onResume: (tokens: number, cause: unknown) => void;
}

/**
 * The events of one answer, whichever engines it takes: when an engine dies, the next one is given the tokens that were
 * sent, and the reader sees one stream without a seam. A fault that is not a death passes on.
 */
export function generateResumably(options: ResumeOptions): EventSource<GenerationEvent> {
  return {
    async *[Symbol.asyncIterator]() {
      const answer = new ResumableAnswer(options);
      while (!answer.isOver) {
        try {
          for await (const event of await answer.open()) {
            const rest = answer.pass(event);
            if (rest) yield rest;
          }
          answer.isOver = true;
        } catch (thrown) {
          await answer.recover(thrown);
        }
      }
    },
    async forEach(onEvent: ValueListener<GenerationEvent>) {
      const answer = new ResumableAnswer(options);
      while (!answer.isOver) {
        // What the reader itself throws must not look like a death of the engine.
        let refusal: { thrown: unknown } | undefined;
        try {
          await forEachValue(await answer.open(), (event) => {
            const rest = answer.pass(event);
            if (!rest) return undefined;
            try {
              return onEvent(rest);
            } catch (thrown) {
              refusal = { thrown };
              throw thrown;
            }
          });
          answer.isOver = true;
        } catch (thrown) {
          if (refusal) throw refusal.thrown;
          await answer.recover(thrown);
        }
      }
    },
  };
}

class ResumableAnswer {
  isOver = false;
  readonly #options: ResumeOptions;
  readonly #sent = new SentRecord();
  #instance: EngineInstance | undefined;
  #resumes = 0;
  /** What the first engine said it drew; set once the answer has started. */
  #seed: number | undefined;

  constructor(options: ResumeOptions) {
    this.#options = options;
  }

  async open(): Promise<AsyncIterable<GenerationEvent>> {
    const { obtain, task, signal } = this.#options;
    this.#instance = await obtain();
    return this.#instance.generate(this.#seed === undefined ? task : this.#toResumed(task, this.#seed), signal);
  }

  pass(event: GenerationEvent): GenerationEvent | undefined {
    if (event.type === 'start') this.#seed ??= event.seed;
    return this.#sent.pass(event);
  }

  #toResumed(task: GenerationTask, seed: number): GenerationTask {
    return { ...task, sampling: { ...task.sampling, seed }, resumeTokens: [...this.#sent.tokens] };
  }

  /** Prepares the next engine, or throws what happened. */
  async recover(thrown: unknown): Promise<void> {
    this.#resumes++;
    if (!(await this.#isDeath(thrown))) throw thrown;
    this.#options.onResume(this.#sent.tokens.length, thrown);
    this.#sent.rewind();
    this.#instance = undefined;
  }

  /** A request that fails before its start may be what kills engines: it is not tried again. */
  async #isDeath(thrown: unknown): Promise<boolean> {
    const { signal } = this.#options;
    if (this.#seed === undefined || !this.#sent.canResume || this.#resumes > mostResumes || signal.aborted)
      return false;
    if (!isAppError(thrown) || !['engine-crashed', 'engine-stalled'].includes(thrown.code)) return false;
    const closed = this.#instance?.closed.then(({ reason }) => reason === 'crashed');
    return (await Promise.race([closed, setTimeout(closeGraceMs, false)])) === true;
  }
}
