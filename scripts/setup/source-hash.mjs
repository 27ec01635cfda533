import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Everything a build depends on; a change of any of these rebuilds. */
const buildInputs = [
  'src',
  'scripts/build.mjs',
  'scripts/build',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
];

/**
 * Sizes and times of all input files in one short text. Cheap (no file is read): while it stays the same nothing has
 * changed; when it differs the content decides (`hashSources`).
 * @param {string} root
 * @param {string[]} [inputs]
 * @returns {string}
 */
export function fingerprintSources(root, inputs = buildInputs) {
  const hash = createHash('sha256');
  for (const file of listFiles(root, inputs)) {
    const { size, mtimeMs } = statSync(path.join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 32);
}

/**
 * A hash over names and contents of all input files.
 * @param {string} root
 * @param {string[]} [inputs]
 * @returns {string}
 */
export function hashSources(root, inputs = buildInputs) {
  const hash = createHash('sha256');
  for (const file of listFiles(root, inputs)) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

/**
 * @param {string} root
 * @param {string[]} inputs
 * @returns {string[]} paths relative to `root`, sorted, with `/`
 */
function listFiles(root, inputs) {
  /** @type {string[]} */
  const files = [];
  for (const input of inputs) {
    const stats = statSync(path.join(root, input), { throwIfNoEntry: false });
    if (stats?.isDirectory()) walk(root, input, files);
    else if (stats) files.push(input);
  }
  return files.sort();
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {string[]} files
 */
function walk(root, folder, files) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) walk(root, name, files);
    else if (entry.isFile() && !entry.name.endsWith('.tsbuildinfo')) files.push(name);
  }
}
