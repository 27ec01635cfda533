import { z } from 'zod';
import { settingsPatchSchema, settingsSchema } from '../../domain/settings.ts';
import { command, signal } from '../define-contract.ts';

export const settingsCommands = {
  'settings.get': command(z.strictObject({}), settingsSchema),
  'settings.update': command(settingsPatchSchema, settingsSchema),
} as const;

export const settingsSignals = { 'settings.changed': signal(settingsSchema) } as const;
