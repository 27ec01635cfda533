import type { TestContext, TestFunction } from 'vitest';

export interface VerifiesOptions {
  /**
   * What the test stands on, as `src/….ts#export`: the mutation check makes that export throw or return empty and
   * expects this test to fail.
   */
  breaks: string;
}

declare module 'vitest' {
  interface TaskMeta {
    requirements?: { ids: string[]; breaks: string };
  }
}

/**
 * Marks a test as the proof of requirements: `test('…', verifies(['S3-05'], { breaks: 'src/…#x' }, async () => {…}))`.
 * An id counts as proven when such a test ran and passed in this run (`npm run requirements`).
 */
export function verifies(ids: string[], { breaks }: VerifiesOptions, body: TestFunction): TestFunction {
  return (context: TestContext) => {
    context.task.meta.requirements = { ids, breaks };
    return body(context) as unknown;
  };
}
