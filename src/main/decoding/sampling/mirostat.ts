import type { Candidates } from './candidates.ts';

/** How many of the top candidates the first version estimates the distribution's shape from. */
const estimated = 100;

export interface MirostatSettings {
  version: 1 | 2;
  tau: number;
  eta: number;
}

/** Keeps the surprise of the chosen tokens near `tau` bits: after each one the limit moves by `eta` times the error. */
export class Mirostat {
  readonly #settings: MirostatSettings;
  #limit: number;

  constructor(settings: MirostatSettings, limit = 2 * settings.tau) {
    this.#settings = settings;
    this.#limit = limit;
  }

  clone(): Mirostat {
    return new Mirostat(this.#settings, this.#limit);
  }

  /** Drops the candidates that would surprise too much; the rest is sorted. */
  narrow(candidates: Candidates): void {
    if (this.#settings.version === 1) candidates.keepTop(this.#estimateCount(candidates));
    else this.#keepWithinLimit(candidates);
  }

  /** Learns from the token that was chosen in the end. */
  learn(probability: number): void {
    const { tau, eta } = this.#settings;
    this.#limit -= eta * (-Math.log2(probability) - tau);
  }

  /** Version 1: fits Zipf's law to the top candidates and solves for the count that meets the limit. */
  #estimateCount(candidates: Candidates): number {
    const top = candidates.peekTop(estimated);
    let products = 0;
    let squares = 0;
    for (let place = 0; place < top.count - 1; place++) {
      const distance = Math.log((place + 2) / (place + 1));
      products += distance * ((top.scores[place] ?? 0) - (top.scores[place + 1] ?? 0));
      squares += distance * distance;
    }
    const exponent = products / squares;
    const excess = exponent - 1;
    const scale = 1 - candidates.vocabularySize ** -excess;
    const count = ((excess * 2 ** this.#limit) / scale) ** (1 / exponent);
    // A fit that fails (one candidate, or no probability left) is no number. One that says more than there are keeps all;
    // llama.cpp 11434 keeps a single candidate when the count overflows its int, on x86.
    return Number.isNaN(count) ? 1 : Math.max(1, Math.floor(Math.min(count, candidates.count)));
  }

  /** Version 2: at least one, so the limit never goes under the surprise of the most probable one. */
  #keepWithinLimit(candidates: Candidates): void {
    const { greatest, sum } = candidates.sumWeights();
    const lowest = greatest + Math.log(sum) - this.#limit * Math.LN2;
    candidates.keepFrom(Math.min(lowest, greatest));
    candidates.sort();
  }
}
