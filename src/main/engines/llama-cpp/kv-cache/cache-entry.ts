import type { EntryKind } from './chain-key.ts';
import type { CacheLayout } from './sequence-state.ts';

/** How the rows of an entry lie; `opaque`: the library's own bytes of a state that cannot be cut. */
export type EntryShape =
  | { type: 'rows'; layout: CacheLayout; window: { start: number; count: number; layout: CacheLayout } | undefined }
  | { type: 'opaque'; streamCount: number };

/** What is known of an entry without its rows. */
export interface CacheEntry {
  key: string;
  /** Key of the entry before it; the root key at the beginning. */
  parent: string;
  kind: EntryKind;
  /** Hash of the model, its options and the library (model-identity.ts). */
  identity: string;
  /** Tokens before this entry. */
  from: number;
  tokens: Uint32Array;
  shape: EntryShape;
  /** Model with a sliding window: nothing can be continued from the end of an entry that has none. */
  needsWindow: boolean;
  payloadBytes: number;
}

/** True where an entry is of use only as a whole, with nothing after it. */
export function isExact({ shape }: CacheEntry): boolean {
  return shape.type === 'opaque' || shape.window !== undefined;
}
