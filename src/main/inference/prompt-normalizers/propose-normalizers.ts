import type { PromptNormalizer } from '#shared/domain/prompt-normalizer.ts';
import { promptNormalizers, writeAlike } from './write-alike.ts';

/** A value that changed between two prompts, with what stands around it in both. */
export interface ChangedValue {
  before: string;
  now: string;
  left: string;
  right: string;
}

/** The fewest normalisers with which both prompts would have read the same; none when no set of them does. */
export function proposeNormalizers({ before, now, left, right }: ChangedValue): PromptNormalizer[] {
  const meet = (normalizers: readonly PromptNormalizer[]): boolean =>
    normalizers.reduce(writeAlike, left + before + right) === normalizers.reduce(writeAlike, left + now + right);
  const single = promptNormalizers.find((normalizer) => meet([normalizer]));
  if (single) return [single];
  if (!meet(promptNormalizers)) return [];
  return promptNormalizers.reduce<PromptNormalizer[]>((needed, normalizer) => {
    const fewer = needed.filter((other) => other !== normalizer);
    return meet(fewer) ? fewer : needed;
  }, promptNormalizers);
}
