import type { NativePointer } from '../native/struct-layouts.ts';

/** The LoRA adapters that act on a request together. */
export interface AdapterSet {
  /** The same for the same adapters with the same strength: state computed under another key is of no use. */
  readonly key: string;
  /** None has the scale 0. */
  readonly entries: readonly { address: NativePointer; scale: number }[];
}

/** The model as it is. */
export const noAdapters: AdapterSet = { key: 'everyone', entries: [] };
