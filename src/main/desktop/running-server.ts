import { readLiveInstance, type HomePaths } from '../base/index.ts';

/**
 * Address of the server to attach to: the one named by IMPETUS_ATTACH, else one that runs with the same home folder
 * (it is attached to, never fought). Undefined: the shell starts its own.
 */
export async function findRunningServer(paths: HomePaths, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = environment['IMPETUS_ATTACH'];
  if (named) return named;
  const instance = await readLiveInstance(paths);
  return instance && `http://127.0.0.1:${instance.port}`;
}
