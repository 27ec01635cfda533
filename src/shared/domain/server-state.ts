import { z } from 'zod';

/** The running server as the tray, the window and the CLI show it. */
export const serverStateSchema = z.strictObject({
  version: z.string(),
  pid: z.int(),
  /** `http://127.0.0.1:PORT` */
  baseUrl: z.string(),
  port: z.int(),
  home: z.string(),
  startedAt: z.string(),
  /** `paused`: inference routes answer 503 `server-paused`; control goes on. */
  phase: z.enum(['starting', 'ready', 'busy', 'paused', 'problem', 'stopping']),
  /** One sentence, when the phase is `problem`. */
  problem: z.string().nullable(),
  activeRequests: z.int(),
  queuedRequests: z.int(),
  /** Decode tokens per second over the last two seconds, all requests together; 0 when nothing runs. */
  tokensPerSecond: z.number(),
  memory: z.strictObject({ totalBytes: z.number(), availableBytes: z.number(), usedByModelsBytes: z.number() }),
});
export type ServerState = z.infer<typeof serverStateSchema>;
