import type { Check } from '../check.ts';

const texts = [
  'A cat is sleeping on the sofa.',
  'A kitten naps on the couch.',
  'The central bank raised interest rates by a quarter point.',
];

/** Largest difference from length 1. */
const lengthTolerance = 1e-3;

/** Vectors of length 1, and of texts that mean the same closer than of others. */
export const embeddingCheck: Check = {
  ids: ['embeddings'],
  needsText: false,
  async *run({ model }) {
    const { vectors } = await model.embed(texts);
    const [cat = [], kitten = [], bank = []] = vectors;
    const alike = dot(cat, kitten);
    const unlike = Math.max(dot(cat, bank), dot(kitten, bank));
    const figures = { dimension: cat.length, similarityAlike: round(alike), similarityUnlike: round(unlike) };
    const isNormal = vectors.every((vector) => Math.abs(Math.hypot(...vector) - 1) <= lengthTolerance);
    if (!isNormal) {
      yield { id: 'embeddings', verdict: 'fail', detail: 'Its vectors are not of length 1.', figures };
      return;
    }
    const isCloser = alike > unlike;
    const detail = isCloser
      ? `Texts that mean the same are closer (${figures.similarityAlike}) than others (${figures.similarityUnlike}).`
      : `Texts that mean the same are no closer (${figures.similarityAlike}) than others (${figures.similarityUnlike}).`;
    yield { id: 'embeddings', verdict: isCloser ? 'pass' : 'fail', detail, figures };
  },
};

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
