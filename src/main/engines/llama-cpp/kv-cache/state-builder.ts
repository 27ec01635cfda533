import {
  cellBytes,
  stateMagic,
  toTensors,
  toTokenBytes,
  type CacheLayout,
  type StateBlock,
  type StateWindow,
} from './sequence-state.ts';

export interface StateShape {
  tokenCount: number;
  layout: CacheLayout;
  window: Omit<StateWindow, 'rows'> | undefined;
  /** Streams of the context that will load it: its sequences, or 1 where they share one cache. */
  streamCount: number;
  /** Default 0; the library loads a state into any sequence. */
  sequence?: number;
}

/** State bytes whose frame is written and whose rows are still to come: whoever has them fills them in place. */
export interface StateBuilder {
  readonly bytes: Uint8Array;
  /** Where the rows of these tokens belong, tensor by tensor. */
  rowsOf(from: number, tokenCount: number): Uint8Array[];
  /** Where the window's rows belong. */
  windowRows(): Uint8Array[];
}

/** The bytes that the library loads as a sequence of `tokenCount` tokens. */
export function createStateBuilder(shape: StateShape): StateBuilder {
  const { tokenCount, layout, window, streamCount, sequence = 0 } = shape;
  const bytes = Buffer.allocUnsafeSlow(8 + toCacheBytes(layout, tokenCount, streamCount) + toWindowBytes(shape));
  const writer = new FrameWriter(bytes);
  writer.write(stateMagic);
  writer.write(sequence);
  const place = { streamCount, sequence };
  const main = writer.writeCache({ start: 0, count: tokenCount, layout }, place);
  const tail = window ? writer.writeCache(window, place) : [];
  const rowsAt = (cache: CacheLayout, offsets: number[], { from, count }: TokenRange): Uint8Array[] =>
    toTensors(cache).map(({ rowBytes }, index) => {
      const begin = (offsets[index] ?? 0) + from * rowBytes;
      return bytes.subarray(begin, begin + count * rowBytes);
    });
  return {
    bytes,
    rowsOf: (from, count) => rowsAt(layout, main, { from, count }),
    windowRows: () => (window ? rowsAt(window.layout, tail, { from: 0, count: window.count }) : []),
  };
}

interface TokenRange {
  from: number;
  count: number;
}

/**
 * State bytes put together from blocks that follow each other from the first token on. Undefined when they don't fit
 * together.
 */
export function assembleState(
  blocks: readonly StateBlock[],
  { streamCount, sequence = 0 }: { streamCount: number; sequence?: number },
): Uint8Array | undefined {
  const [first] = blocks;
  const last = blocks.at(-1);
  if (!first || !last || blocks.some(({ layout }) => !isSameLayout(layout, first.layout))) return undefined;
  const tokenCount = blocks.reduce((sum, block) => sum + block.tokenCount, 0);
  const { window } = last;
  const builder = createStateBuilder({ tokenCount, layout: first.layout, window, streamCount, sequence });
  let from = 0;
  for (const block of blocks) {
    scatterRows(block.rows, builder.rowsOf(from, block.tokenCount));
    from += block.tokenCount;
  }
  if (window) scatterRows(window.rows, builder.windowRows());
  return builder.bytes;
}

/** Copies rows into their places, one after the other. */
export function scatterRows(rows: Uint8Array, places: readonly Uint8Array[]): void {
  let offset = 0;
  for (const place of places) {
    place.set(rows.subarray(offset, offset + place.length));
    offset += place.length;
  }
}

/** Copies only the first tokens of a block of `tokenCount` tokens into places that hold fewer. */
export function scatterFirstRows(
  block: Pick<StateBlock, 'rows' | 'layout' | 'tokenCount'>,
  places: readonly Uint8Array[],
): void {
  let offset = 0;
  for (const [index, { rowBytes }] of toTensors(block.layout).entries()) {
    const place = places[index];
    if (place) place.set(block.rows.subarray(offset, offset + place.length));
    offset += block.tokenCount * rowBytes;
  }
}

export function isSameLayout(left: CacheLayout, right: CacheLayout): boolean {
  if (left === right) return true;
  if (left.keys.length !== right.keys.length || left.values.length !== right.values.length) return false;
  const others = toTensors(right);
  return toTensors(left).every(
    ({ type, rowBytes }, index) => type === others[index]?.type && rowBytes === others[index].rowBytes,
  );
}

function toWindowBytes({ window, streamCount }: StateShape): number {
  return window ? toCacheBytes(window.layout, window.count, streamCount) : 0;
}

function toCacheBytes(layout: CacheLayout, count: number, streamCount: number): number {
  const frame = 4 + 4 * streamCount;
  if (count === 0) return frame;
  return frame + count * cellBytes + 8 + toTensors(layout).length * 12 + count * toTokenBytes(layout);
}

class FrameWriter {
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  write(value: number): void {
    this.#view.setUint32(this.#offset, value, true);
    this.#offset += 4;
  }

  /** Writes everything but the rows; returns where those of each tensor begin. */
  writeCache(
    cache: { start: number; count: number; layout: CacheLayout },
    { streamCount, sequence }: { streamCount: number; sequence: number },
  ): number[] {
    const own = streamCount > 1 ? sequence : 0;
    let offsets: number[] = [];
    this.write(streamCount);
    for (let stream = 0; stream < streamCount; stream++) {
      if (stream !== own || cache.count === 0) this.write(0);
      else offsets = this.#writeCells(cache, sequence);
    }
    return offsets;
  }

  #writeCells(
    { start, count, layout }: { start: number; count: number; layout: CacheLayout },
    sequence: number,
  ): number[] {
    this.write(count);
    for (let index = 0; index < count; index++) {
      this.write(start + index);
      this.write(1);
      this.write(sequence);
    }
    this.write(0);
    this.write(layout.keys.length);
    return toTensors(layout).map(({ type, rowBytes }) => {
      this.write(type);
      this.write(rowBytes);
      this.write(0);
      const offset = this.#offset;
      this.#offset += count * rowBytes;
      return offset;
    });
  }
}
