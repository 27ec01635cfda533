import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { createInflateRaw } from 'node:zlib';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endLength = 22;
const entryLength = 46;
const localLength = 30;
const maxCommentLength = 65_535;

/**
 * Opens one file of a zip archive (a Python wheel) as a stream of its content. Stored and deflated members of archives
 * below 4 GB; the caller checks the content by its own hash.
 *
 * @param {string} archive
 * @param {string} fileName the member's last path segment
 * @returns {Promise<import('node:stream').Readable>}
 * @throws {Error} when the archive is none or has no such member
 */
export async function openZipMember(archive, fileName) {
  const handle = await open(archive, 'r');
  try {
    const entry = await findEntry(handle, fileName);
    if (!entry) throw new Error(`${path.basename(archive)} holds no ${fileName}`);
    const local = await readAt(handle, entry.offset, localLength);
    const start = entry.offset + localLength + local.readUInt16LE(26) + local.readUInt16LE(28);
    const raw = createReadStream(archive, { start, end: start + entry.compressedSize - 1 });
    if (entry.method === 0) return raw;
    if (entry.method !== 8) throw new Error(`${fileName} is packed with method ${entry.method}`);
    const inflate = createInflateRaw();
    raw.on('error', (error) => inflate.destroy(error));
    return raw.pipe(inflate);
  } finally {
    await handle.close();
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {string} fileName
 */
async function findEntry(handle, fileName) {
  const directory = await readDirectory(handle);
  for (let at = 0; at + entryLength <= directory.length && directory.readUInt32LE(at) === entrySignature;) {
    const nameLength = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + entryLength, at + entryLength + nameLength);
    if (name === fileName || name.endsWith(`/${fileName}`)) {
      return {
        method: directory.readUInt16LE(at + 10),
        compressedSize: directory.readUInt32LE(at + 20),
        offset: directory.readUInt32LE(at + 42),
      };
    }
    at += entryLength + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return undefined;
}

/** @param {import('node:fs/promises').FileHandle} handle */
async function readDirectory(handle) {
  const { size } = await handle.stat();
  const tailLength = Math.min(size, endLength + maxCommentLength);
  const tail = await readAt(handle, size - tailLength, tailLength);
  for (let at = tail.length - endLength; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    return readAt(handle, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  }
  throw new Error('this is no zip archive');
}

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {number} position
 * @param {number} length
 */
async function readAt(handle, position, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead < length) throw new Error('the archive is cut off');
  return buffer;
}
