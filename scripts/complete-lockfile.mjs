/**
 * `node scripts/complete-lockfile.mjs`, after a change of dependencies: adds what package-lock.json lacks. A registry
 * that does not serve the binaries of every system makes npm leave them out of the lockfile, and `npm ci` then refuses
 * it everywhere. The added entries carry the version that their parent asks for and the system their name tells.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { missingOptionals } from './setup/lockfile-gaps.mjs';
import { repositoryRoot } from './setup/repository.mjs';

const file = path.join(repositoryRoot, 'package-lock.json');
const lockfile = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingOptionals(lockfile);
for (const { folder, entry } of missing) lockfile.packages[folder] = entry;
const [root, ...rest] = Object.entries(lockfile.packages);
lockfile.packages = Object.fromEntries([root, ...rest.sort(([left], [right]) => left.localeCompare(right, 'en'))]);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lockfile, null, 2)}\n`);
process.stdout.write(`${missing.length} entries added to package-lock.json\n`);
