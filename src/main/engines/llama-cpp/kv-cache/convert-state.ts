import { copyAllRows, readSequenceState } from './sequence-state.ts';
import { createStateBuilder } from './state-builder.ts';

/**
 * The state of a sequence as a context with so many streams loads it; the bytes themselves where they fit already.
 * Undefined for states that only a context like their own can load.
 */
export function toStreamCount(bytes: Uint8Array, { from, to }: { from: number; to: number }): Uint8Array | undefined {
  if (from === to) return bytes;
  const state = readSequenceState(bytes);
  if (!state) return undefined;
  const { tokenCount, main, window } = state;
  const builder = createStateBuilder({ tokenCount, layout: main.layout, window, streamCount: to });
  copyAllRows(bytes, main, builder.rowsOf(0, tokenCount));
  if (window) copyAllRows(bytes, window, builder.windowRows());
  return builder.bytes;
}
