import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CacheEntry, EntryShape } from './cache-entry.ts';
import { blockTokens, entryKinds, isKey, toChainKey } from './chain-key.ts';
import { toTensors, toTokenBytes, type CacheLayout, type TensorRows } from './sequence-state.ts';

/**
 * One entry as a file. All numbers are little-endian:
 *
 * - 8 bytes magic, u32 format version, u32 bytes of the header (this part, tokens and shape, without the digest)
 * - u32 kind, u32 tokens before, u32 tokens, u32 flags (1: needs a window), u64 payload bytes, u32 crc32 of the payload
 * - 32 bytes each: identity, key, parent key
 * - the tokens, u32 each; the shape
 * - sha256 of all of that
 * - the payload: rows (or an opaque state)
 *
 * The digest settles what the file claims to be, the checksum (5 GB/s against 1.8 of sha256) whether the rows are what
 * was written.
 */
const magic = Buffer.from('IMPKVBLK', 'latin1');
export const formatVersion = 1;
const fixedBytes = 140;
const digestBytes = 32;
const hashBytes = 32;
/** The first read of a file: enough for every full block of a model of 100 layers. */
export const probeBytes = 8192;
const maxHeaderBytes = 64 * 1024 * 1024;

export interface BlockHeader {
  entry: CacheEntry;
  payloadOffset: number;
  checksum: number;
}

export function encodeHeader(entry: CacheEntry, checksum: number): Buffer {
  const shape = encodeShape(entry.shape);
  const header = Buffer.alloc(toPayloadOffset(entry));
  const headerBytes = header.length - digestBytes;
  magic.copy(header);
  header.writeUInt32LE(formatVersion, 8);
  header.writeUInt32LE(headerBytes, 12);
  header.writeUInt32LE(entryKinds.indexOf(entry.kind), 16);
  header.writeUInt32LE(entry.from, 20);
  header.writeUInt32LE(entry.tokens.length, 24);
  header.writeUInt32LE(entry.needsWindow ? 1 : 0, 28);
  header.writeBigUInt64LE(BigInt(entry.payloadBytes), 32);
  header.writeUInt32LE(checksum, 40);
  header.write(entry.identity, 44, 'hex');
  header.write(entry.key, 44 + hashBytes, 'hex');
  header.write(entry.parent, 44 + 2 * hashBytes, 'hex');
  for (const [index, token] of entry.tokens.entries()) header.writeUInt32LE(token, fixedBytes + index * 4);
  shape.copy(header, fixedBytes + entry.tokens.length * 4);
  digest(header.subarray(0, headerBytes)).copy(header, headerBytes);
  return header;
}

/** Where the payload of this entry begins in its file. */
export function toPayloadOffset({ tokens, shape }: CacheEntry): number {
  return fixedBytes + tokens.length * 4 + encodeShape(shape).length + digestBytes;
}

/** How many bytes the header with its digest takes; undefined when these are no bytes of ours. */
export function readHeaderLength(bytes: Buffer): number | undefined {
  if (bytes.length < 16 || !bytes.subarray(0, 8).equals(magic)) return undefined;
  if (bytes.readUInt32LE(8) !== formatVersion) return undefined;
  const headerBytes = bytes.readUInt32LE(12);
  return headerBytes >= fixedBytes && headerBytes <= maxHeaderBytes ? headerBytes + digestBytes : undefined;
}

/** The proven header, or undefined for anything that is not one of ours, whole and unchanged. */
export function decodeHeader(bytes: Buffer): BlockHeader | undefined {
  const length = readHeaderLength(bytes);
  if (length === undefined || bytes.length < length) return undefined;
  const headerBytes = length - digestBytes;
  if (!digest(bytes.subarray(0, headerBytes)).equals(bytes.subarray(headerBytes, length))) return undefined;
  const tokenCount = bytes.readUInt32LE(24);
  const shapeOffset = fixedBytes + tokenCount * 4;
  const kind = entryKinds[bytes.readUInt32LE(16)];
  if (!kind || shapeOffset > headerBytes) return undefined;
  const shape = decodeShape(bytes.subarray(shapeOffset, headerBytes));
  if (!shape) return undefined;
  const hashAt = (index: number): string => bytes.toString('hex', 44 + index * hashBytes, 44 + (index + 1) * hashBytes);
  const entry: CacheEntry = {
    kind,
    identity: hashAt(0),
    key: hashAt(1),
    parent: hashAt(2),
    from: bytes.readUInt32LE(20),
    tokens: readTokens(bytes.subarray(fixedBytes, shapeOffset)),
    shape,
    needsWindow: bytes.readUInt32LE(28) === 1,
    payloadBytes: Number(bytes.readBigUInt64LE(32)),
  };
  if (!isConsistent(entry)) return undefined;
  return { entry, payloadOffset: length, checksum: bytes.readUInt32LE(40) };
}

/** The checksum over parts that follow each other. */
export function checksumOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => crc32(part, sum), 0);
}

function isConsistent(entry: CacheEntry): boolean {
  const { key, parent, kind, tokens, shape, payloadBytes } = entry;
  if (kind === 'block' && tokens.length !== blockTokens) return false;
  const label = shape.type === 'opaque' ? (`whole ${shape.streamCount}` as const) : kind;
  if ((kind === 'whole') !== (shape.type === 'opaque')) return false;
  if (!isKey(entry.identity) || toChainKey(parent, label, tokens) !== key) return false;
  return shape.type === 'opaque' || payloadBytes === toRowsBytes(shape, tokens.length);
}

/** Bytes of the rows of `tokenCount` tokens and of the window. */
export function toRowsBytes(shape: Extract<EntryShape, { type: 'rows' }>, tokenCount: number): number {
  const { layout, window } = shape;
  return tokenCount * toTokenBytes(layout) + (window ? window.count * toTokenBytes(window.layout) : 0);
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function readTokens(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4));
}

function encodeShape(shape: EntryShape): Buffer {
  if (shape.type === 'opaque') return toUint32s([0, shape.streamCount]);
  const { layout, window } = shape;
  const tail = window ? [window.start, window.count, ...encodeLayout(window.layout)] : [];
  return toUint32s([1, ...encodeLayout(layout), ...tail]);
}

function encodeLayout(layout: CacheLayout): number[] {
  const tensors = toTensors(layout).flatMap(({ type, rowBytes }) => [type, rowBytes]);
  return [layout.keys.length, layout.values.length, ...tensors];
}

function toUint32s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function decodeShape(bytes: Buffer): EntryShape | undefined {
  const values = [...readTokens(bytes.subarray(0, bytes.length - (bytes.length % 4)))];
  const [type, streamCount] = values;
  if (type === 0 && streamCount !== undefined && values.length === 2) return { type: 'opaque', streamCount };
  if (type !== 1) return undefined;
  const main = decodeLayout(values.slice(1));
  if (!main) return undefined;
  if (main.rest.length === 0) return { type: 'rows', layout: main.layout, window: undefined };
  const [start, count, ...rest] = main.rest;
  const window = decodeLayout(rest);
  if (start === undefined || count === undefined || window?.rest.length !== 0) return undefined;
  return { type: 'rows', layout: main.layout, window: { start, count, layout: window.layout } };
}

function decodeLayout(values: number[]): { layout: CacheLayout; rest: number[] } | undefined {
  const [keyCount, valueCount, ...rest] = values;
  if (keyCount === undefined || valueCount === undefined) return undefined;
  const tensorCount = keyCount + valueCount;
  if (rest.length < tensorCount * 2) return undefined;
  const tensors = Array.from({ length: tensorCount }, (_, index): TensorRows => {
    return { type: rest[index * 2] ?? 0, rowBytes: rest[index * 2 + 1] ?? 0 };
  });
  return {
    layout: { keys: tensors.slice(0, keyCount), values: tensors.slice(keyCount) },
    rest: rest.slice(tensorCount * 2),
  };
}
