import { z } from 'zod';
import { cacheReportSchema } from '../../domain/cache-report.ts';
import { normalizerRuleSchema } from '../../domain/prompt-normalizer.ts';
import { command } from '../define-contract.ts';

const nothing = z.strictObject({});

export const cacheCommands = {
  /** What was reused and read again since the start, by client and model, and what lies on disk. */
  'cache.report': command(nothing, cacheReportSchema),
  /** Forgets the state of all conversations, in memory and on disk. Requests that run go on. */
  'cache.clear': command(nothing, nothing),
  /** Switches a normaliser for a client on or off; answers with all rules. */
  'cache.normalize': command(
    normalizerRuleSchema.extend({ isOn: z.boolean() }),
    z.strictObject({ rules: z.array(normalizerRuleSchema) }),
  ),
} as const;
