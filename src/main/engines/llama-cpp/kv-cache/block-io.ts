import type * as nodeFiles from 'node:fs/promises';
import { decodeHeader, probeBytes, readHeaderLength, type BlockHeader } from './block-file.ts';

/** The calls that reach the disk; a test lets them fail. */
export type BlockFiles = Pick<
  typeof nodeFiles,
  'open' | 'writeFile' | 'rename' | 'rm' | 'readdir' | 'mkdir' | 'chmod' | 'utimes' | 'statfs' | 'stat'
>;

export type BlockHandle = Awaited<ReturnType<BlockFiles['open']>>;

/** Small pieces: a decode that waits for the same pool of threads gets its turn. */
const pieceBytes = 4 * 1024 ** 2;

/** The proven header at the beginning of a file. */
export async function readHeader(handle: BlockHandle): Promise<BlockHeader | undefined> {
  const probe = Buffer.alloc(probeBytes);
  const { bytesRead } = await handle.read(probe, 0, probeBytes, 0);
  const length = readHeaderLength(probe.subarray(0, bytesRead));
  if (length === undefined) return undefined;
  if (length <= bytesRead) return decodeHeader(probe.subarray(0, length));
  if (length > (await handle.stat()).size) return undefined;
  const header = Buffer.alloc(length);
  return (await readInto(handle, [header], 0)) === length ? decodeHeader(header) : undefined;
}

/**
 * Fills places from a position on, in as few calls as possible: each may have to wait for a decode. Returns the bytes
 * that were there.
 */
export async function readInto(handle: BlockHandle, places: readonly Uint8Array[], position: number): Promise<number> {
  const wanted = places.reduce((sum, { length }) => sum + length, 0);
  let rest = places.filter(({ length }) => length > 0);
  let count = 0;
  while (rest.length > 0) {
    const { bytesRead } = await handle.readv(rest, position + count);
    count += bytesRead;
    rest = skipBytes(rest, bytesRead);
    // One byte less than wanted is how a whole file ends that was asked for one more.
    if (bytesRead === 0 || count === wanted - 1) break;
  }
  return count;
}

function skipBytes(places: readonly Uint8Array[], count: number): Uint8Array[] {
  let skipped = count;
  return places.flatMap((place) => {
    const here = Math.min(skipped, place.length);
    skipped -= here;
    return here === place.length ? [] : [place.subarray(here)];
  });
}

export async function writeAll(handle: BlockHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, offset, Math.min(pieceBytes, bytes.length - offset));
    offset += bytesWritten;
  }
}
