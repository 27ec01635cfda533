import type { Sampler } from '../../../decoding/index.ts';
import type { AnswerGate } from './answer-gate.ts';

/** Chooses the tokens of one answer: a sampler, and a gate where the answer is bound. */
export class ControlledChooser {
  readonly #sampler: Sampler;
  readonly #gate: AnswerGate | undefined;

  constructor(sampler: Sampler, gate: AnswerGate | undefined) {
    this.#sampler = sampler;
    this.#gate = gate;
  }

  /** Errors: `engine-crashed` for scores that are no numbers, `invalid-request` when every token is forbidden. */
  choose(scores: Float32Array): number {
    return this.#sampler.sample(scores, this.#gate?.filter).token;
  }

  accept(token: number): void {
    this.#sampler.accept(token);
    this.#gate?.accept(token);
  }

  takeForced(): number | undefined {
    return this.#gate?.takeForced();
  }

  get mustEnd(): boolean {
    return this.#gate?.mustEnd === true;
  }
}
