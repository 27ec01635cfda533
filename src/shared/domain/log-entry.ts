import { z } from 'zod';

export const logLevelSchema = z.enum(['trace', 'debug', 'info', 'warn', 'error']);

/** One line of the log as the UI shows it; fields hold the rest of the structured line. */
export const logEntrySchema = z.strictObject({
  /** ISO time. */
  time: z.string(),
  level: logLevelSchema,
  /** The room that wrote it. */
  room: z.string(),
  message: z.string(),
  requestId: z.string().optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
});
export type LogEntry = z.infer<typeof logEntrySchema>;
