import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeLongContextRandom } from './test-models/long-context-random.ts';
import { writeTinyRandom } from './test-models/tiny-random.ts';

/**
 * Writes the generated test models into the developers' cache: `node scripts/make-test-models.ts`. A model is written
 * again only when its recipe (the sources beside this file) changed; `<file>.recipe` holds the recipe's hash.
 */
const cache = path.resolve(process.env['IMPETUS_DEV_CACHE'] || path.join(os.homedir(), '.cache', 'impetus-dev'));
const models = path.join(cache, 'models');
const recipes: [string, () => Promise<Uint8Array>][] = [
  ['tiny-random.gguf', async () => writeTinyRandom()],
  [
    'long-context-random.gguf',
    async () => writeLongContextRandom(await readFile(path.join(models, 'SmolLM2-135M-Instruct.Q4_1.gguf'))),
  ],
];

await mkdir(models, { recursive: true });
const recipe = await hashRecipes();
for (const [name, write] of recipes) {
  const file = path.join(models, name);
  if (await isCurrent(file)) continue;
  await writeAtomic(file, await write());
  await writeAtomic(`${file}.recipe`, new TextEncoder().encode(recipe));
  process.stdout.write(`test models: wrote ${name}\n`);
}

async function hashRecipes(): Promise<string> {
  const folder = path.join(import.meta.dirname, 'test-models');
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(path.join(folder, name)));
  return hash.digest('hex');
}

async function isCurrent(file: string): Promise<boolean> {
  try {
    await readFile(file);
    return (await readFile(`${file}.recipe`, 'utf8')) === recipe;
  } catch {
    return false;
  }
}

async function writeAtomic(file: string, content: Uint8Array): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
