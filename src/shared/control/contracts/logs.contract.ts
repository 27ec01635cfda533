import { z } from 'zod';
import { logEntrySchema } from '../../domain/log-entry.ts';
import { channel, command } from '../define-contract.ts';

export const logCommands = {
  /** The newest entries, oldest first; at most 1,000. */
  'logs.recent': command(z.strictObject({ limit: z.int().min(1).max(1000) }), z.array(logEntrySchema)),
} as const;

export const logChannels = {
  /** Entries as they are written, batched; starts with the `backlog` newest ones. */
  'logs.tail': channel(z.strictObject({ backlog: z.int().min(0).max(1000) }), z.array(logEntrySchema)),
} as const;
