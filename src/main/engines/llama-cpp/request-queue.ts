import { AppError } from '#shared/errors/app-error.ts';
import type { GenerationRun } from './generation-run.ts';
import { createStepError } from './step-errors.ts';

/** Requests that may wait for a sequence. */
const waitingLimit = 1000;

/** Requests without a sequence, in order: those that want one, and parked ones whose readers have to catch up first. */
export class RequestQueue {
  #waiting: GenerationRun[] = [];
  #parked: GenerationRun[] = [];

  /** Requests that want a sequence. */
  get size(): number {
    return this.#waiting.reduce((count, { isOver }) => count + (isOver ? 0 : 1), 0);
  }

  /** Why no further request is taken; undefined while there is room. */
  get refusal(): AppError | undefined {
    if (this.#waiting.length < waitingLimit) return undefined;
    return new AppError('queue-full', `${waitingLimit} requests wait for this model already.`, {
      hint: 'Send the request again later.',
      data: { waitingRequests: this.#waiting.length },
    });
  }

  add(run: GenerationRun): void {
    this.#waiting.push(run);
  }

  /** It lost its sequence, because its reader is far behind. */
  park(run: GenerationRun): void {
    run.park();
    this.#parked.push(run);
  }

  /** Parked requests whose readers have caught up go before all others: they were admitted once. */
  wakeParked(): void {
    const awake = this.#parked.filter(({ isPaused }) => !isPaused);
    if (awake.length === 0) return;
    this.#parked = this.#parked.filter((run) => !awake.includes(run));
    this.#waiting.unshift(...awake);
  }

  /** Requests that `tryAdmit` takes leave; what it throws fails its request alone. */
  admit(tryAdmit: (run: GenerationRun, waiting: number) => boolean): void {
    const waiting = this.#waiting.length;
    this.#waiting = this.#waiting.filter((run) => {
      try {
        return !tryAdmit(run, waiting);
      } catch (error) {
        run.fail(createStepError(error));
        return false;
      }
    });
  }

  /** Requests that failed or were left by their readers go. */
  dropFinished(): void {
    if (this.#waiting.some(({ isOver }) => isOver)) this.#waiting = this.#waiting.filter(({ isOver }) => !isOver);
    if (this.#parked.some(({ isOver }) => isOver)) this.#parked = this.#parked.filter(({ isOver }) => !isOver);
  }

  failAll(error: AppError): void {
    for (const run of [...this.#waiting, ...this.#parked]) run.fail(error);
  }
}
