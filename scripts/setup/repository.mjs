import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout (or the installed package) that these scripts belong to, whatever the working directory is. */
export const repositoryRoot = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** What set-up remembers between runs: stamps and locks. Safe to delete. */
export const setupCache = path.join(repositoryRoot, '.cache', 'setup');

/**
 * Where developers' models, peers, browsers and the test rig are kept.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string}
 */
export function devCacheFolder(environment) {
  return path.resolve(environment.IMPETUS_DEV_CACHE || path.join(os.homedir(), '.cache', 'impetus-dev'));
}

/**
 * The home folder: `--home`, else IMPETUS_HOME, else `~/.impetus`.
 * @param {string | undefined} explicit
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string}
 */
export function homeFolder(explicit, environment) {
  return path.resolve(explicit || environment.IMPETUS_HOME || path.join(os.homedir(), '.impetus'));
}
