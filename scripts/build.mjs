/**
 * `npm run build`: every target of build/build-targets.mjs into `dist/<name>/`. `--target NAME` (repeatable) builds
 * only those, `--watch` goes on rebuilding. Runs under Node 24; `npm start` calls it when the sources changed.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { buildTargets } from './build/build-targets.mjs';
import { repositoryRoot as root } from './setup/repository.mjs';

const { values } = parseArgs({
  options: { target: { type: 'string', multiple: true }, watch: { type: 'boolean', default: false } },
});
const chosen = chooseTargets(values.target);
// Whoever calls, a test among them: what is built is the product.
process.env.NODE_ENV = 'production';

try {
  for (const [done, target] of chosen.entries()) {
    process.send?.({ target: target.name, done, total: chosen.length });
    const started = performance.now();
    await (values.watch ? watch(target) : buildOnce(target));
    process.stdout.write(`${target.name} built in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.disconnect?.();

/**
 * @param {string[] | undefined} names
 * @returns {import('./build/build-targets.mjs').BuildTarget[]}
 */
function chooseTargets(names) {
  if (!names) return buildTargets.filter((target) => target.byDefault);
  const known = buildTargets.map((target) => target.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return buildTargets.filter((target) => names.includes(target.name));
  process.stderr.write(`No target is called ${unknown}. Known: ${known.join(', ')}.\n`);
  process.exit(2);
}

/**
 * Builds beside the present output and swaps at the end: a build that fails or is interrupted leaves the old one whole.
 * @param {import('./build/build-targets.mjs').BuildTarget} target
 */
async function buildOnce(target) {
  const fresh = path.join(root, '.cache', 'building', `${target.name}-${process.pid}`);
  const output = path.join(root, 'dist', target.name);
  try {
    await build(target.toConfig({ root, outDir: fresh }));
    await rm(output, { recursive: true, force: true });
    await mkdir(path.dirname(output), { recursive: true });
    await rename(fresh, output);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** @param {import('./build/build-targets.mjs').BuildTarget} target */
async function watch(target) {
  const config = target.toConfig({ root, outDir: path.join(root, 'dist', target.name) });
  await build({ ...config, build: { ...config.build, watch: {} } });
}
