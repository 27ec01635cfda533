import type { TensorType } from './tensor-types.ts';
import type { TokenSummary } from './token-summary.ts';

/** An array of the metadata; of long ones only what the pre-check looks at is kept. */
export interface GgufArray {
  elementType: GgufValueType;
  count: number;
  /** Of short numeric arrays, and of the tokens' types. */
  items: ArrayLike<number> | null;
  /** Of the list of tokens. */
  tokens?: TokenSummary;
}

export type GgufValue = number | boolean | string | GgufArray;

export interface GgufTensor {
  name: string;
  /** Innermost first, as in the file. */
  dimensions: number[];
  type: TensorType;
  weightCount: number;
  sizeBytes: number;
  /** Relative to the start of the data. */
  offset: number;
}

/** What stands before the weights, read and bounded but not yet judged. */
export interface GgufHeader {
  file: string;
  fileSize: number;
  version: number;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: readonly GgufTensor[];
  /** Where the last tensor description ends. */
  headerBytes: number;
}

/** By number in the file. */
export const valueTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const;
export type GgufValueType = (typeof valueTypes)[number];
