import { z } from 'zod';
import { cacheReportSchema } from '../../domain/cache-report.ts';
import { command } from '../define-contract.ts';

const nothing = z.strictObject({});

export const cacheCommands = {
  /** What was reused and read again since the start, by client and model, and what lies on disk. */
  'cache.report': command(nothing, cacheReportSchema),
  /** Forgets the state of all conversations, in memory and on disk. Requests that run go on. */
  'cache.clear': command(nothing, nothing),
} as const;
