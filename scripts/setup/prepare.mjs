import { ensureBuild } from './ensure-build.mjs';
import { ensureDependencies } from './ensure-dependencies.mjs';
import { findNodeRuntime, withNodeFirst } from './node-runtime.mjs';

/**
 * Everything a fresh checkout needs before its own code can run: packages, Node 24, a build of the present sources.
 *
 * @param {{ reporter: import('./progress.mjs').Reporter, signal?: AbortSignal, environment?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ nodePath: string, environment: NodeJS.ProcessEnv }>} Node >= 24, and an environment that has it first on PATH
 * @throws {import('./setup-error.mjs').SetupError}
 */
export async function prepare({ reporter, signal, environment = process.env }) {
  await ensureDependencies({ reporter, environment, signal });
  const nodePath = findNodeRuntime({ environment });
  const prepared = withNodeFirst(nodePath, environment);
  await ensureBuild({ reporter, nodePath, environment: prepared, signal });
  return { nodePath, environment: prepared };
}
