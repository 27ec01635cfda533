import type { TokenizeResult } from '../../engine-port/index.ts';

/** Token ids, with the text of each when the client asked for it; bytes that are no whole character stay a list. */
export function encodeTokens({ tokens, pieces }: TokenizeResult, withPieces: boolean): object {
  if (!withPieces) return { tokens };
  return { tokens: tokens.map((id, index) => ({ id, piece: pieces[index] ?? '' })) };
}
