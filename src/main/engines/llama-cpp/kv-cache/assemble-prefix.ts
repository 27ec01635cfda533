import type { PrefixPart } from './block-index.ts';
import type { CacheEntry } from './cache-entry.ts';
import { createStateBuilder, isSameLayout, scatterFirstRows, type StateBuilder } from './state-builder.ts';

export interface PrefixSource {
  /** Streams of the context that will load the state. */
  streamCount: number;
  /** Fills the places with an entry's payload; false when it is lost. Never rejects. */
  bringIn: (entry: CacheEntry, places: readonly Uint8Array[]) => Promise<boolean>;
}

/** Where decodes hold the only thread for files, all of these go between two of them. */
const parallelReads = 4;

/** State bytes of a found prefix; undefined when any part of it is lost. */
export async function assemblePrefix(
  { length, parts }: { length: number; parts: readonly PrefixPart[] },
  { streamCount, bringIn }: PrefixSource,
): Promise<Uint8Array | undefined> {
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last) return undefined;
  if (first.entry.shape.type === 'opaque') {
    const bytes = new Uint8Array(first.entry.payloadBytes);
    return (await bringIn(first.entry, [bytes])) ? bytes : undefined;
  }
  const { layout } = first.entry.shape;
  if (!parts.every(({ entry: { shape } }) => shape.type === 'rows' && isSameLayout(shape.layout, layout)))
    return undefined;
  const window = last.entry.shape.type === 'rows' ? last.entry.shape.window : undefined;
  const builder = createStateBuilder({ tokenCount: length, layout, window, streamCount });
  const rest = parts.values();
  let isWhole = true;
  const worker = async (): Promise<void> => {
    for (const part of rest) if (!(await fill(builder, part, bringIn))) isWhole = false;
  };
  await Promise.all(Array.from({ length: parallelReads }, worker));
  return isWhole ? builder.bytes : undefined;
}

async function fill(
  builder: StateBuilder,
  { entry, tokenCount }: PrefixPart,
  bringIn: PrefixSource['bringIn'],
): Promise<boolean> {
  const { shape, from, tokens } = entry;
  if (shape.type !== 'rows') return false;
  const places = builder.rowsOf(from, tokenCount);
  if (tokenCount === tokens.length) return bringIn(entry, shape.window ? [...places, ...builder.windowRows()] : places);
  const rows = new Uint8Array(entry.payloadBytes);
  if (!(await bringIn(entry, [rows]))) return false;
  scatterFirstRows({ rows, layout: shape.layout, tokenCount: tokens.length }, places);
  return true;
}
