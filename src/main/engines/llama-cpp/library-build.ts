import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });
const releaseSchema = z.object({ release: z.string() });

/**
 * The build that runs GGUF models, for example `llama.cpp v0.5.0 (node-llama-cpp 3.22.1)`, read from the package's own
 * files: nothing is loaded. What a model did with one build tells little of the next.
 */
export function readLibraryBuild(): string {
  const folder = findPackage(path.dirname(createRequire(import.meta.url).resolve('node-llama-cpp')));
  const { version } = packageSchema.parse(readJson(path.join(folder, 'package.json')));
  const { release } = releaseSchema.parse(readJson(path.join(folder, 'llama', 'binariesGithubRelease.json')));
  return `llama.cpp ${release} (node-llama-cpp ${version})`;
}

/** The entry of the package lies in a folder of it. */
function findPackage(folder: string): string {
  return path.basename(folder) === 'node-llama-cpp' ? folder : findPackage(path.dirname(folder));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
