import { randomUUID } from 'node:crypto';
import type { Passport } from '#shared/domain/passport.ts';
import type { LoadOptions, ModelRecord, ModelState } from '#shared/domain/model.ts';
import type { Clock } from '../base/index.ts';
import type { Inference } from '../inference/index.ts';
import type { Lease } from '../scheduler/index.ts';
import { collectAnswer } from './collect-answer.ts';
import type { ModelUnderTest, Question } from './model-under-test.ts';
import type { Presence } from './presence.ts';

/** The part of the door that the checks go through. */
export type Door = Pick<Inference, 'generate' | 'render' | 'tokenize' | 'detokenize' | 'embed'>;

export interface SessionOptions {
  record: ModelRecord;
  /** What the user settled for loading the model. */
  loadOptions: LoadOptions;
  door: Door;
  presence: Presence;
  /** How the model stands now. */
  state: ModelState | undefined;
  clock: Clock;
}

/**
 * The model in memory for as long as the tests need it, in a child process. How it stood before comes back at the end:
 * not loaded, or for as long as it would have stayed.
 */
export class TestSession {
  readonly #options: SessionOptions;
  readonly #lease: Lease;
  readonly #keepAliveMs: number;

  private constructor(options: SessionOptions, lease: Lease, keepAliveMs: number) {
    this.#options = options;
    this.#lease = lease;
    this.#keepAliveMs = keepAliveMs;
  }

  /** Loads the model when it is not there. Errors: those of `Scheduler.acquire`. */
  static async open(options: SessionOptions, signal: AbortSignal): Promise<TestSession> {
    const { record, loadOptions, presence, state, clock } = options;
    const keepAliveMs = toKeepAlive(state, clock.now());
    const isInChild = state?.state === 'loaded' && state.placement === 'child';
    const lease = await presence.acquire({
      model: record,
      loadOptions: isInChild ? loadOptions : { ...loadOptions, placement: 'child' },
      keepAliveMs,
      signal,
    });
    return new TestSession(options, lease, keepAliveMs);
  }

  /** Resolves with the reason when the engine dies; never when it is unloaded. */
  get died(): Promise<string> {
    const { closed } = this.#lease.instance;
    return new Promise((resolve) => {
      void closed.then((end) => {
        if (end.reason === 'crashed') resolve(end.message);
      });
    });
  }

  get record(): ModelRecord {
    return this.#options.record;
  }

  /** How the model is loaded for the tests. */
  get load(): Passport['load'] {
    const { placement, device, contextSize, slots, threads } = this.#lease.instance.info;
    return { placement, device, contextSize, slots, threads };
  }

  close(): void {
    this.#lease.release();
  }

  /** The model as the checks see it; the signal ends whatever they ask. */
  model(signal: AbortSignal): ModelUnderTest {
    const { record, door, clock } = this.#options;
    const context = (): { signal: AbortSignal; requestId: string } => ({ signal, requestId: randomUUID() });
    const model = record.id;
    return {
      record,
      info: this.#lease.instance.info,
      ask: (question, onToken) =>
        collectAnswer(door.generate(this.#toRequest(question), context()), { now: () => clock.monotonic(), onToken }),
      read: async (prompt) => {
        const { text, tokenCount } = await door.render({ model, prompt }, context());
        return { text, tokenCount };
      },
      tokenize: async (text) => {
        const prompt = { type: 'text', text } as const;
        return (await door.tokenize({ model, prompt, addSpecial: false }, context())).tokens;
      },
      detokenize: (tokens) => door.detokenize({ model, tokens }, context()),
      embed: (inputs) => door.embed({ model, inputs }, context()),
      nonce: () => randomUUID().slice(0, 8),
    };
  }

  #toRequest(question: Question) {
    return { ...question, model: this.#options.record.id, keepAliveMs: this.#keepAliveMs };
  }
}

/** As long as the model would have stayed: what the tests load leaves with them, what is pinned stays pinned. */
function toKeepAlive(state: ModelState | undefined, now: number): number {
  if (state?.state !== 'loaded') return 0;
  return state.unloadsAt === null ? -1 : Math.max(1000, Date.parse(state.unloadsAt) - now);
}
