import path from 'node:path';
import { build } from 'vite';
import { buildTargets } from '#scripts/build/build-targets.mjs';

const repository = path.resolve(import.meta.dirname, '..', '..');

/**
 * Builds one target of `npm run build` from these very sources into `outDir`: a test of yesterday's build proves
 * nothing, and the mutation check reaches what is built here.
 */
export async function buildTarget(name: string, outDir: string): Promise<void> {
  const target = buildTargets.find((candidate) => candidate.name === name);
  if (!target) throw new Error(`There is no build target ${name}.`);
  await build(target.toConfig({ root: repository, outDir }));
}
