import type { PassportCheckId, PassportVerdict } from '#shared/domain/passport.ts';
import type { ModelUnderTest } from './model-under-test.ts';

/** What a check found. */
export interface Finding {
  id: PassportCheckId;
  verdict: PassportVerdict;
  /** One sentence for people. */
  detail: string;
  figures?: Record<string, number>;
}

export interface CheckContext {
  model: ModelUnderTest;
  /** Time left for all checks, in ms. */
  remainingMs: () => number;
}

/** One or several things found out together. */
export interface Check {
  /** In the order they are found. */
  ids: readonly PassportCheckId[];
  /** True: it asks the model for text, so models that write none are not asked. */
  needsText: boolean;
  /**
   * The findings as they come; a later one of the same id takes the place of the earlier. An error is a finding too:
   * the runner makes it one.
   */
  run: (context: CheckContext) => AsyncIterable<Finding>;
}
