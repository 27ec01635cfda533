import { createCatalog } from './0001-catalog.ts';
import { createPassports } from './0002-passports.ts';
import { createResponses } from './0003-responses.ts';
import type { Migration } from './migration.ts';

/** Step n brings the database from version n to n + 1. */
export const migrations: readonly Migration[] = [createCatalog, createPassports, createResponses];
