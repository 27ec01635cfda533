/**
 * Chooses the next token from a model's scores, for every engine: llama.cpp's chain with its candidates, probabilities
 * and random numbers, and the log probabilities of the scores themselves. Called by `engines` once per token, beside
 * the model. Pure: knows no library, no text and no request; the filter is whatever a grammar implements.
 */
export * from './sampler.ts';
export * from './sampler-settings.ts';
export { Candidates } from './candidates.ts';
export * from './log-probabilities.ts';
export * from './sequence-breakers.ts';
