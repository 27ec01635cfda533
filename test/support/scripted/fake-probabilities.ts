import type { TokenProbability } from '#shared/domain/generation.ts';

/** Every token is the likeliest of its place (-0.25), before `#1` (-1), `#2` (-2), … */
export function rateTokens(
  tokens: readonly number[],
  count: number,
  pieceOf: (token: number) => string,
): TokenProbability[] {
  return tokens.map((token) => {
    const rated = { token, bytes: [...Buffer.from(pieceOf(token))], logprob: -0.25 };
    const others = Array.from({ length: Math.max(0, count - 1) }, (_, index) => ({
      token: index + 1,
      bytes: [...Buffer.from(`#${index + 1}`)],
      logprob: -(index + 1),
    }));
    return { ...rated, top: count === 0 ? [] : [rated, ...others] };
  });
}
