import { z } from 'zod';
import { passportEventSchema } from '../../domain/passport.ts';
import { channel } from '../define-contract.ts';

export const passportChannels = {
  /** Tests what a model can do, behind everybody else's requests; leaving ends the test and keeps what it found. */
  'passports.test': channel(z.strictObject({ model: z.string().min(1) }), passportEventSchema),
} as const;
