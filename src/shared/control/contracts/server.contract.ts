import { z } from 'zod';
import { serverStateSchema } from '../../domain/server-state.ts';
import { command, signal } from '../define-contract.ts';

const nothing = z.strictObject({});

export const serverCommands = {
  'server.state': command(nothing, serverStateSchema),
  /** Resume serving after a pause. */
  'server.resume': command(nothing, serverStateSchema),
  /** Inference routes answer 503 with `server-paused` and Retry-After; models are unloaded, control goes on. */
  'server.pause': command(nothing, serverStateSchema),
  /** An address that lets a browser into the UI: holds a code that works once, for 60 seconds. */
  'server.openUi': command(nothing, z.strictObject({ url: z.string() }), ['not-available']),
  /** Ends the whole process after draining. The answer comes before the end. */
  'server.shutdown': command(nothing, nothing),
} as const;

export const serverSignals = { 'server.changed': signal(serverStateSchema) } as const;
