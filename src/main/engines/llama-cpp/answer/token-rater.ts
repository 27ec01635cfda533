import type { TokenProbability } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { logprobsOf } from '../../../decoding/index.ts';
import type { TokenPieces } from '../token-pieces.ts';

/** Stands for the logarithm of 0, which JSON cannot write; OpenAI's own number for it. */
const impossible = -9999;

/** Reads how likely the model finds a token, and its `top` likeliest ones, before any sampling stage. */
export class ScoreRater {
  readonly #pieces: Pick<TokenPieces, 'written'>;
  readonly #top: number;

  constructor(pieces: Pick<TokenPieces, 'written'>, top: number) {
    this.#pieces = pieces;
    this.#top = top;
  }

  /** Errors: `engine-crashed` for scores that are no numbers. */
  rate(scores: Float32Array, token: number): TokenProbability {
    const { logprob, top } = logprobsOf(scores, token, this.#top);
    if (Number.isNaN(logprob)) throw createScoreError(token);
    return { ...this.#toRated(token, logprob), top: top.map((rated) => this.#toRated(rated.token, rated.logprob)) };
  }

  #toRated(token: number, logprob: number): Omit<TokenProbability, 'top'> {
    return { token, bytes: Array.from(this.#pieces.written(token).bytes), logprob: Math.max(impossible, logprob) };
  }
}

function createScoreError(token: number): AppError {
  return new AppError('engine-crashed', 'The model computed scores that are no numbers.', {
    hint: 'The model file may be damaged, or too large for its number format. Other requests are not affected.',
    data: { token },
  });
}
