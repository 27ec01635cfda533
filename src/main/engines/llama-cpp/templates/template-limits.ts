import { AppError } from '#shared/errors/app-error.ts';

/** What rendering one prompt may take; a template comes with a file and is not trusted. */
export interface TemplateLimits {
  /** Statements and expressions that are evaluated, and rounds of loops: 475,000 in the heaviest of 71 templates for 400 messages. */
  steps: number;
  /** Characters of the prompt, and of any text on the way to it. */
  characters: number;
  /** Time on the clock for one request, in ms: 1 to 3 s for the heaviest 400 messages. */
  timeMs: number;
  /** Memory of the rendering thread's own heap, in megabytes. */
  memoryMb: number;
}

export const defaultTemplateLimits: TemplateLimits = {
  steps: 1_500_000,
  characters: 8_000_000,
  timeMs: 5000,
  memoryMb: 256,
};

/** A template was stopped: `template-failed` with the limit's name and size as data. */
export function createLimitError(limit: keyof TemplateLimits | 'depth', allowed = 0): AppError {
  return new AppError('template-failed', `The model's chat template was stopped: ${describe[limit](allowed)}.`, {
    hint: 'Send fewer messages, send the whole prompt as text to /v1/completions, or use another file of the model.',
    data: { limit, ...(limit === 'depth' ? {} : { allowed }) },
  });
}

const describe: Record<keyof TemplateLimits | 'depth', (allowed: number) => string> = {
  steps: (allowed) => `it takes more than ${allowed} steps`,
  characters: (allowed) => `it writes more than ${allowed} characters`,
  timeMs: (allowed) => `it takes longer than ${allowed} ms`,
  memoryMb: (allowed) => `it needs more than ${allowed} MB of memory`,
  depth: () => 'it calls itself too deeply',
};
