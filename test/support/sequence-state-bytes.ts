/** State bytes as the pinned library writes them, with rows that tell which cell they belong to. */

export interface StateBytesOptions {
  /** Positions of the cells, in the order they lie. */
  positions: readonly number[];
  /** Row bytes of the keys of each layer; values are the same. */
  rowBytes?: readonly number[];
  hasValues?: boolean;
  streamCount?: number;
  sequence?: number;
  isTransposed?: boolean;
  /** Added to every byte, so that two states differ. */
  salt?: number;
  /** Positions of a second cache, as models with a sliding window have it. */
  windowPositions?: readonly number[];
}

export function makeStateBytes(options: StateBytesOptions): Uint8Array<ArrayBuffer> {
  const { positions, sequence = 0, windowPositions } = options;
  const frame = [...toUint32(0xaf143cd8), ...toUint32(sequence), ...makeCache(positions, options)];
  return Uint8Array.from(windowPositions ? [...frame, ...makeCache(windowPositions, { ...options, salt: 99 })] : frame);
}

/** Tokens 1, 2, 3, … as a prompt. */
export function countTokens(length: number, first = 1): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => first + index);
}

export function countUp(length: number, first = 0): number[] {
  return Array.from({ length }, (_, index) => first + index);
}

function makeCache(positions: readonly number[], options: StateBytesOptions): number[] {
  const { streamCount = 1, sequence = 0 } = options;
  const own = streamCount > 1 ? sequence : 0;
  const bytes = toUint32(streamCount);
  for (let stream = 0; stream < streamCount; stream++) {
    if (stream === own && positions.length > 0) pushAll(bytes, makeCells(positions, options));
    else pushAll(bytes, toUint32(0));
  }
  return bytes;
}

function makeCells(positions: readonly number[], options: StateBytesOptions): number[] {
  const { rowBytes = [4, 2], hasValues = true, sequence = 0, isTransposed = false, salt = 0 } = options;
  const bytes = toUint32(positions.length);
  for (const position of positions) pushAll(bytes, [...toUint32(position), ...toUint32(1), ...toUint32(sequence)]);
  pushAll(bytes, [...toUint32(isTransposed ? 1 : 0), ...toUint32(rowBytes.length)]);
  for (const part of hasValues ? [0, 1] : [0]) {
    for (const [layer, row] of rowBytes.entries()) {
      pushAll(bytes, [...toUint32(1), ...toUint32(row), ...toUint32(0)]);
      for (const position of positions) pushAll(bytes, makeRow({ position, layer, part, row, salt }));
    }
  }
  return bytes;
}

function makeRow(cell: { position: number; layer: number; part: number; row: number; salt: number }): number[] {
  const { position, layer, part, row, salt } = cell;
  return Array.from({ length: row }, (_, index) => (position * 7 + layer * 31 + part * 101 + index + salt) & 255);
}

function toUint32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255];
}

function pushAll(target: number[], values: readonly number[]): void {
  for (const value of values) target.push(value);
}
