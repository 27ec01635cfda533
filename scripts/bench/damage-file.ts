import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, truncateSync, mkdirSync, writeFileSync } from 'node:fs';

/** Where a file of the key/value cache keeps what (docs/kv-cache.md): a header with a sha256 behind it, then rows. */
const offsets = { formatVersion: 8, headerBytes: 12, identity: 44, digestBytes: 32 };

type Damage = (file: string, context: { random: () => number; other: string }) => void;

const between = (random: () => number, low: number, high: number): number =>
  low + Math.floor(random() * Math.max(1, high - low));

/** The header, changed and proven anew: only what it says is wrong now. */
function rewriteHeader(file: string, change: (header: Buffer) => void): void {
  const bytes = readFileSync(file);
  const headerBytes = bytes.readUInt32LE(offsets.headerBytes);
  change(bytes.subarray(0, headerBytes));
  createHash('sha256').update(bytes.subarray(0, headerBytes)).digest().copy(bytes, headerBytes);
  writeFileSync(file, bytes);
}

function flipBit(file: string, pick: (length: number, headerBytes: number) => number): void {
  const bytes = readFileSync(file);
  const headerBytes = bytes.readUInt32LE(offsets.headerBytes) + offsets.digestBytes;
  const place = pick(bytes.length, headerBytes);
  bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
  writeFileSync(file, bytes);
}

/** Ways in which kept state can be broken, foreign or out of date. */
export const damages: Readonly<Record<string, Damage>> = {
  truncated: (file, { random }) => truncateSync(file, between(random, 1, statSync(file).size)),
  emptied: (file) => truncateSync(file, 0),
  'a bit of the header': (file, { random }) => flipBit(file, (_, header) => between(random, 0, header)),
  'a bit of the rows': (file, { random }) => flipBit(file, (length, header) => between(random, header, length)),
  'zeros for rows': (file) => {
    const bytes = readFileSync(file);
    bytes.fill(0, bytes.readUInt32LE(offsets.headerBytes) + offsets.digestBytes);
    writeFileSync(file, bytes);
  },
  'bytes behind its end': (file, { random }) => {
    const more = Buffer.alloc(between(random, 1, 5000), 7);
    writeFileSync(file, Buffer.concat([readFileSync(file), more]));
  },
  "another conversation's state": (file, { other }) => writeFileSync(file, readFileSync(other)),
  "another model's identity": (file) =>
    rewriteHeader(file, (header) => header.writeUInt8(header.readUInt8(offsets.identity) ^ 1, offsets.identity)),
  'another format version': (file) =>
    rewriteHeader(file, (header) =>
      header.writeUInt32LE(header.readUInt32LE(offsets.formatVersion) + 1, offsets.formatVersion),
    ),
  'a folder in its place': (file) => {
    rmSync(file);
    mkdirSync(file);
  },
};
