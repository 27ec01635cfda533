import { AppError } from '#shared/errors/app-error.ts';
import type { EmbedResult } from '../../../engine-port/index.ts';

export interface EmbeddingsShape {
  model: string;
  isBase64: boolean;
  /** Numbers kept of each vector, which is then brought to length 1 again. Absent: all. */
  dimensions: number | undefined;
}

/** Errors: `invalid-request` when more dimensions are asked for than the model has. */
export function encodeEmbeddings({ vectors, tokenCounts }: EmbedResult, shape: EmbeddingsShape): object {
  const tokens = tokenCounts.reduce((sum, count) => sum + count, 0);
  return {
    object: 'list',
    data: vectors.map((vector, index) => {
      const kept = shortenVector(vector, shape.dimensions);
      return { object: 'embedding', index, embedding: shape.isBase64 ? toBase64(kept) : kept };
    }),
    model: shape.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** The first `dimensions` numbers, of length 1 again. Errors: `invalid-request` when there are not so many. */
export function shortenVector(vector: readonly number[], dimensions = vector.length): readonly number[] {
  if (dimensions === vector.length) return vector;
  if (dimensions > vector.length) {
    throw new AppError('invalid-request', `The model's vectors have ${vector.length} dimensions, not ${dimensions}.`, {
      hint: `Ask for at most ${vector.length}.`,
      data: { param: 'dimensions', dimensions, available: vector.length },
    });
  }
  const kept = vector.slice(0, dimensions);
  const length = Math.hypot(...kept);
  return length === 0 ? kept : kept.map((value) => value / length);
}

/** 32-bit floats, the lowest byte first. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
