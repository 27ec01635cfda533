import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Every place inside the home folder (decisions: home folder). */
export interface HomePaths {
  home: string;
  settings: string;
  secrets: string;
  database: string;
  models: string;
  modelSettings: string;
  kvCache: string;
  contextNeeds: string;
  logs: string;
  temporary: string;
  electron: string;
  instance: string;
  controlToken: string;
}

/** `explicit`, else IMPETUS_HOME, else `~/.impetus`. Always absolute. */
export function resolveHome(explicit: string | undefined, environment: NodeJS.ProcessEnv): string {
  return path.resolve(explicit ?? (environment['IMPETUS_HOME'] || path.join(os.homedir(), '.impetus')));
}

export function toHomePaths(home: string): HomePaths {
  return {
    home,
    settings: path.join(home, 'settings.json'),
    secrets: path.join(home, 'secrets.json'),
    database: path.join(home, 'impetus.db'),
    models: path.join(home, 'models'),
    modelSettings: path.join(home, 'models.d'),
    kvCache: path.join(home, 'cache', 'kv'),
    contextNeeds: path.join(home, 'cache', 'context-needs.json'),
    logs: path.join(home, 'logs'),
    temporary: path.join(home, 'tmp'),
    electron: path.join(home, 'electron'),
    instance: path.join(home, 'run', 'instance.json'),
    controlToken: path.join(home, 'run', 'control-token'),
  };
}

export async function createHomeFolders(paths: HomePaths): Promise<void> {
  for (const folder of [paths.models, paths.modelSettings, paths.logs, paths.temporary]) {
    await mkdir(folder, { recursive: true });
  }
  await mkdir(path.dirname(paths.instance), { recursive: true, mode: 0o700 });
}
