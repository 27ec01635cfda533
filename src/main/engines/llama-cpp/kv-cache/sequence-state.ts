/**
 * The bytes of one sequence as `llama_state_seq_get_data` of the pinned library writes them (llama-kv-cache.cpp,
 * `state_write`). All numbers are little-endian:
 *
 * - u32 magic, i32 sequence
 * - per cache (one; two for models with a sliding window):
 *   - u32 streams; for each stream u32 cells and, where cells > 0:
 *     - per cell i32 position, u32 1, i32 sequence
 *     - u32 isTransposed, u32 layers
 *     - per layer the keys: i32 type, u64 row bytes, the rows of all cells
 *     - per layer the values, the same (none for models that keep keys only)
 *
 * Transposed values, recurrent memory, cells with two-dimensional positions: not read, never guessed.
 */

export const stateMagic = 0xaf143cd8;
export const cellBytes = 12;

/** Rows of one tensor: the ggml type and the bytes one token takes. */
export interface TensorRows {
  type: number;
  rowBytes: number;
}

/** The tensors of one cache in the order they are written. */
export interface CacheLayout {
  keys: readonly TensorRows[];
  values: readonly TensorRows[];
}

/** One cache of a state: `count` cells at the positions from `start` on, without a gap. */
interface CacheState {
  start: number;
  count: number;
  layout: CacheLayout;
  /** Where the rows of each tensor begin; keys first. */
  offsets: readonly number[];
  /** Index of the cell at each position; absent where cells lie in the order of positions. */
  order: Uint32Array | undefined;
}

/** A state that has been understood. It refers to the bytes it was read from. */
export interface SequenceState {
  readonly bytes: Uint8Array;
  readonly tokenCount: number;
  readonly main: CacheState;
  /** The cells a sliding window still holds; only their very end can be continued from. */
  readonly window: CacheState | undefined;
}

/** The rows of tokens that follow each other, free of slot and context. */
export interface StateBlock {
  layout: CacheLayout;
  tokenCount: number;
  /** Per tensor `tokenCount` rows; keys first. */
  rows: Uint8Array;
  /** With a sliding window, and only at the end of what was saved: its cells from position `start` on. */
  window: StateWindow | undefined;
}

export interface StateWindow {
  start: number;
  count: number;
  layout: CacheLayout;
  rows: Uint8Array;
}

/** All tensors of a layout, keys first. */
export function toTensors({ keys, values }: CacheLayout): readonly TensorRows[] {
  return [...keys, ...values];
}

export function toTokenBytes(layout: CacheLayout): number {
  return toTensors(layout).reduce((sum, { rowBytes }) => sum + rowBytes, 0);
}

/** The state, or undefined when the bytes are not exactly of the layout above. */
export function readSequenceState(bytes: Uint8Array): SequenceState | undefined {
  const reader = new StateReader(bytes);
  if (reader.readUint32() !== stateMagic) return undefined;
  const sequence = reader.readUint32();
  if (sequence === undefined) return undefined;
  for (const main of readCaches(reader, sequence)) {
    if (main.cache.start !== 0) continue;
    const state = { bytes, tokenCount: main.cache.count, main: main.cache };
    if (main.end === bytes.length) return { ...state, window: undefined };
    for (const window of readCaches(reader.at(main.end), sequence)) {
      const isAtEnd = window.cache.start + window.cache.count === main.cache.count;
      if (window.end === bytes.length && isAtEnd) return { ...state, window: window.cache };
    }
  }
  return undefined;
}

/** Tokens `from` to `to` (excluded) as a block of its own memory. A window goes with the block that ends the state. */
export function cutState(state: SequenceState, { from, to }: { from: number; to: number }): StateBlock | undefined {
  if (from < 0 || from > to || to > state.tokenCount) return undefined;
  const isEnd = to === state.tokenCount;
  return {
    layout: state.main.layout,
    tokenCount: to - from,
    rows: copyRows(state.bytes, state.main, { from, to }),
    window: isEnd && state.window ? cutWindow(state.bytes, state.window) : undefined,
  };
}

function cutWindow(bytes: Uint8Array, cache: CacheState): StateWindow {
  const { start, count, layout } = cache;
  return { start, count, layout, rows: copyRows(bytes, cache, { from: 0, to: count }) };
}

/** `from` and `to` count from the cache's first position. */
function copyRows(bytes: Uint8Array, cache: CacheState, { from, to }: { from: number; to: number }): Uint8Array {
  const rows = new Uint8Array((to - from) * toTokenBytes(cache.layout));
  let target = 0;
  for (const [index, { rowBytes }] of toTensors(cache.layout).entries()) {
    const offset = cache.offsets[index] ?? 0;
    for (const run of toRuns(cache.order, from, to)) {
      rows.set(bytes.subarray(offset + run.cell * rowBytes, offset + (run.cell + run.count) * rowBytes), target);
      target += run.count * rowBytes;
    }
  }
  return rows;
}

/** Copies all rows of a cache into their places, one for each tensor. */
export function copyAllRows(bytes: Uint8Array, cache: CacheState, places: readonly Uint8Array[]): void {
  for (const [index, { rowBytes }] of toTensors(cache.layout).entries()) {
    const offset = cache.offsets[index] ?? 0;
    let target = 0;
    for (const { cell, count } of toRuns(cache.order, 0, cache.count)) {
      places[index]?.set(bytes.subarray(offset + cell * rowBytes, offset + (cell + count) * rowBytes), target);
      target += count * rowBytes;
    }
  }
}

/** Neighbouring cells that hold neighbouring positions. */
function toRuns(order: Uint32Array | undefined, from: number, to: number): { cell: number; count: number }[] {
  if (!order) return [{ cell: from, count: to - from }];
  const runs: { cell: number; count: number }[] = [];
  for (const cell of order.subarray(from, to)) {
    const last = runs.at(-1);
    if (last && last.cell + last.count === cell) last.count++;
    else runs.push({ cell, count: 1 });
  }
  return runs;
}

/** The ways in which one cache can be read here: with values and, for models that keep keys only, without. */
function readCaches(reader: StateReader, sequence: number): { cache: CacheState; end: number }[] {
  return [true, false].flatMap((hasValues) => readCache(reader.at(reader.offset), { sequence, hasValues }) ?? []);
}

function readCache(
  reader: StateReader,
  { sequence, hasValues }: { sequence: number; hasValues: boolean },
): { cache: CacheState; end: number } | undefined {
  const streams = reader.readUint32();
  if (streams === undefined || streams < 1 || streams > 256) return undefined;
  let cache: CacheState | undefined;
  for (let stream = 0; stream < streams; stream++) {
    const count = reader.readUint32();
    if (count === undefined || (count > 0 && cache)) return undefined;
    if (count === 0) continue;
    cache = readCells(reader, { count, sequence, hasValues });
    if (!cache) return undefined;
  }
  return cache && { cache, end: reader.offset };
}

function readCells(
  reader: StateReader,
  { count, sequence, hasValues }: { count: number; sequence: number; hasValues: boolean },
): CacheState | undefined {
  const positions = readPositions(reader, count, sequence);
  if (!positions || reader.readUint32() !== 0) return undefined;
  const layers = reader.readUint32();
  if (layers === undefined || layers > 4096) return undefined;
  const offsets: number[] = [];
  const keys = readTensors(reader, { layers, count, offsets });
  const values = keys && readTensors(reader, { layers: hasValues ? layers : 0, count, offsets });
  return values && { ...positions, count, layout: { keys, values }, offsets };
}

/** Undefined unless every cell belongs to this sequence alone and the positions follow each other. */
function readPositions(
  reader: StateReader,
  count: number,
  sequence: number,
): { start: number; order: Uint32Array | undefined } | undefined {
  if (!reader.has(count * cellBytes)) return undefined;
  const positions = new Uint32Array(count);
  let start = Infinity;
  let isOrdered = true;
  for (let cell = 0; cell < count; cell++) {
    const position = reader.readUint32() ?? 0;
    if (reader.readUint32() !== 1 || reader.readUint32() !== sequence) return undefined;
    positions[cell] = position;
    start = Math.min(start, position);
    if (cell > 0 && position !== (positions[cell - 1] ?? 0) + 1) isOrdered = false;
  }
  if (isOrdered) return { start, order: undefined };
  const order = toOrder(positions, start);
  return order && { start, order };
}

function toOrder(positions: Uint32Array, start: number): Uint32Array | undefined {
  const unset = 0xffffffff;
  const order = new Uint32Array(positions.length).fill(unset);
  for (const [cell, position] of positions.entries()) {
    if (order[position - start] !== unset) return undefined;
    order[position - start] = cell;
  }
  return order;
}

function readTensors(
  reader: StateReader,
  { layers, count, offsets }: { layers: number; count: number; offsets: number[] },
): TensorRows[] | undefined {
  const tensors: TensorRows[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const type = reader.readUint32();
    const rowBytes = reader.readUint64();
    if (type === undefined || type > 255 || !rowBytes) return undefined;
    offsets.push(reader.offset);
    if (!reader.skip(count * rowBytes)) return undefined;
    tensors.push({ type, rowBytes });
  }
  return tensors;
}

/** Reads on from an offset; past the end every read is undefined. */
class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.offset = offset;
  }

  at(offset: number): StateReader {
    return new StateReader(this.#bytes, offset);
  }

  has(count: number): boolean {
    return this.offset + count <= this.#bytes.length;
  }

  skip(count: number): boolean {
    if (!this.has(count)) return false;
    this.offset += count;
    return true;
  }

  readUint32(): number | undefined {
    if (!this.has(4)) return undefined;
    this.offset += 4;
    return this.#view.getUint32(this.offset - 4, true);
  }

  /** Undefined also for what no memory could hold. */
  readUint64(): number | undefined {
    if (!this.has(8)) return undefined;
    this.offset += 8;
    const value = this.#view.getBigUint64(this.offset - 8, true);
    return value <= 0xffffffffn ? Number(value) : undefined;
  }
}
