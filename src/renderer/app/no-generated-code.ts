import { config } from 'zod';

/** The pages' content security policy forbids code made from text, so schemas are interpreted. Imported first. */
config({ jitless: true });
