import { z } from 'zod';

/** A port of another local server, whose clients Impetus answers too. */
export const compatiblePortSchema = z.strictObject({
  client: z.enum(['ollama', 'lm-studio']),
  port: z.int(),
  /** `taken`: somebody else has it. `left`: the other server is installed, so it is left to it. `off`: by the setting. */
  state: z.enum(['served', 'taken', 'left', 'off']),
});
export type CompatiblePort = z.infer<typeof compatiblePortSchema>;

/** The running server as the tray, the window and the CLI show it. */
export const serverStateSchema = z.strictObject({
  version: z.string(),
  pid: z.int(),
  /** `http://127.0.0.1:PORT` */
  baseUrl: z.string(),
  port: z.int(),
  /** Served beside it; absent where nothing is served over HTTP. */
  compatiblePorts: z.array(compatiblePortSchema).optional(),
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
