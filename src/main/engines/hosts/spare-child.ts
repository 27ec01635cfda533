import type { Clock } from '../../base/index.ts';
import type { EngineInstance, ResolvedLoadOptions } from '../../engine-port/index.ts';
import type { ChildConnection } from './child-connection.ts';

export interface SparePolicy {
  /** Time after a load until the spare is started, in ms: the first requests have the machine to themselves. */
  delayMs: number;
  /** Asked before it is started: whether memory can be spared for it. */
  mayStart: () => boolean;
}

type Gpu = ResolvedLoadOptions['gpu'];

/** A spare that nobody needs any more may serve the next load; how long it waits for one, in ms. */
const lingerMs = 30_000;

/**
 * One child that stands ready, its library loaded, while a model runs in another one: a crash is then answered by
 * loading the weights alone. At most one for all models; it ends soon after the last of them.
 */
export class SpareChild {
  readonly #policy: SparePolicy | undefined;
  readonly #clock: Clock;
  readonly #start: () => Promise<ChildConnection>;
  #spare: ChildConnection | undefined;
  #isStarting = false;
  #users = 0;
  #cancelTimer = (): void => undefined;

  constructor(policy: SparePolicy | undefined, clock: Clock, start: () => Promise<ChildConnection>) {
    this.#policy = policy;
    this.#clock = clock;
    this.#start = start;
  }

  /** The spare, for the one who asks first; it may still be loading its library. */
  take(): ChildConnection | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  /** Stands by for the instance as long as it lives. */
  standBy(instance: Pick<EngineInstance, 'closed'>, gpu: Gpu): void {
    const policy = this.#policy;
    if (!policy) return;
    this.#users++;
    this.#later(policy.delayMs, () => void this.#prepare(policy, gpu));
    void instance.closed.then(({ reason }) => {
      this.#users--;
      if (this.#users === 0) this.#later(reason === 'crashed' ? lingerMs : 0, () => this.#release());
    });
  }

  async #prepare({ mayStart }: SparePolicy, gpu: Gpu): Promise<void> {
    if (this.#spare || this.#isStarting || this.#users === 0 || !mayStart()) return;
    this.#isStarting = true;
    try {
      const spare = await this.#start();
      // Also one that is not ready yet is ahead of one that is not started.
      this.#spare = spare;
      void spare.closed.then(() => {
        if (this.#spare === spare) this.#spare = undefined;
      });
      this.#release();
      await spare.hello;
      await spare.ask({ type: 'prepare', gpu });
    } catch {
      // There is none then, and the next load starts its own child.
    } finally {
      this.#isStarting = false;
    }
  }

  #release(): void {
    if (this.#users === 0) void this.take()?.shutDown();
  }

  #later(delayMs: number, act: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.setTimer(delayMs, act);
  }
}
