import { cutState, readSequenceState } from './sequence-state.ts';
import { assembleState } from './state-builder.ts';

/**
 * The state of a sequence as a context with so many streams loads it; the bytes themselves where they fit already.
 * Undefined for states that only a context like their own can load.
 */
export function toStreamCount(bytes: Uint8Array, { from, to }: { from: number; to: number }): Uint8Array | undefined {
  if (from === to) return bytes;
  const state = readSequenceState(bytes);
  const whole = state && cutState(state, { from: 0, to: state.tokenCount });
  return whole && assembleState([whole], { streamCount: to });
}
