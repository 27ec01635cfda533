import { randomInt } from 'node:crypto';
import type { LogitBias, Sampling } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { resolveSequenceBreakers, type SamplerSettings } from '../../decoding/index.ts';
import type { NativeVocabulary } from './native-vocabulary.ts';
import type { TokenPieces } from './token-pieces.ts';

/** The request's seed, or a random 32-bit one. */
export function resolveSeed(sampling: Pick<Sampling, 'seed'>): number {
  return sampling.seed ?? randomInt(2 ** 32);
}

/** Kinds of texts at which a repetition may end; each costs a pass over the vocabulary. */
const keptBreakerSets = 16;

/** Turns a request's sampling into the sampler's settings: texts become the tokens of this model. */
export class SamplerSettingsMaker {
  readonly #vocabulary: NativeVocabulary;
  readonly #pieces: TokenPieces;
  readonly #breakers = new Map<string, number[][]>();

  constructor(vocabulary: NativeVocabulary, pieces: TokenPieces) {
    this.#vocabulary = vocabulary;
    this.#pieces = pieces;
  }

  /** Errors: `invalid-request` for a biased token that the vocabulary does not have. */
  make(sampling: Sampling, seed: number): SamplerSettings {
    const { repeatLastN, repeatPenalty, frequencyPenalty, presencePenalty } = sampling;
    return {
      seed,
      temperature: sampling.temperature,
      dynamicTemperature: {
        range: sampling.dynamicTemperatureRange,
        exponent: sampling.dynamicTemperatureExponent,
      },
      topK: sampling.topK,
      topP: sampling.topP,
      minP: sampling.minP,
      typicalP: sampling.typicalP,
      topNSigma: sampling.topNSigma,
      xtc: { probability: sampling.xtcProbability, threshold: sampling.xtcThreshold },
      dry: this.#toDry(sampling),
      mirostat: toMirostat(sampling),
      penalties: {
        repeat: repeatPenalty,
        frequency: frequencyPenalty,
        presence: presencePenalty,
        lastTokens: repeatLastN,
      },
      logitBias: this.#toBiases(sampling.logitBias),
      order: sampling.stages,
      minKeep: sampling.minKeep,
    };
  }

  #toDry(sampling: Sampling): SamplerSettings['dry'] {
    if (sampling.dryMultiplier === 0 || sampling.dryPenaltyLastN === 0) return false;
    return {
      multiplier: sampling.dryMultiplier,
      base: sampling.dryBase,
      allowedLength: sampling.dryAllowedLength,
      lastTokens: sampling.dryPenaltyLastN,
      sequenceBreakers: this.#resolveBreakers(sampling.drySequenceBreakers),
    };
  }

  #resolveBreakers(texts: readonly string[]): number[][] {
    const key = JSON.stringify(texts);
    const known = this.#breakers.get(key);
    if (known) return known;
    if (this.#breakers.size >= keptBreakerSets) this.#breakers.clear();
    const resolved = resolveSequenceBreakers(texts, {
      size: this.#vocabulary.size,
      bytesOf: (token) => this.#pieces.ofAnswer(token).bytes,
      tokenize: (text) => this.#vocabulary.tokenize(text, { isRaw: true }),
    });
    this.#breakers.set(key, resolved);
    return resolved;
  }

  #toBiases(biases: readonly LogitBias[]): Map<number, number> {
    const sums = new Map<number, number>();
    for (const { token, bias } of biases) {
      for (const id of this.#toTokens(token)) sums.set(id, (sums.get(id) ?? 0) + (bias ?? -Infinity));
    }
    return sums;
  }

  #toTokens(token: number | string): Iterable<number> {
    if (typeof token === 'string') return this.#vocabulary.tokenize(token, { isRaw: true });
    const { size } = this.#vocabulary;
    if (token < size) return [token];
    throw new AppError('invalid-request', `Token ${token} of the logit bias is not in the vocabulary of ${size}.`, {
      hint: `Use token ids from 0 to ${size - 1}.`,
      data: { param: 'logit_bias', token, vocabularySize: size },
    });
  }
}

function toMirostat({ mirostat, mirostatTau, mirostatEta }: Sampling): SamplerSettings['mirostat'] {
  return mirostat === 0 ? false : { version: mirostat, tau: mirostatTau, eta: mirostatEta };
}
