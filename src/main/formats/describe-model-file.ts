import { withModelFile } from './byte-source.ts';
import type { GgufHeader, GgufValue } from './gguf/gguf-header.ts';
import { listShards } from './gguf/gguf-shards.ts';
import { readGgufHeader } from './gguf/read-gguf-header.ts';

/** A value of the metadata; null for arrays that are not kept (vocabularies, merges). */
export type DescribedValue = number | boolean | string | number[] | null;

/** What a model file says about itself, for showing it. */
export interface ModelFileDescription {
  /** By key, in the order of the file. */
  metadata: ReadonlyMap<string, DescribedValue>;
  /** Of all shards. `shape` has the innermost dimension first. */
  tensors: { name: string; type: string; shape: number[] }[];
}

/**
 * Reads what stands before the weights (about 20 ms). Errors: `model-file-missing`, `model-file-invalid`,
 * `model-format-unsupported`, `cancelled`.
 */
export async function describeModelFile(
  file: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ModelFileDescription> {
  const headers: GgufHeader[] = [];
  for (const shard of listShards(file)) {
    headers.push(await withModelFile(shard, (source) => readGgufHeader(source, signal)));
  }
  const pairs = [...(headers[0]?.metadata ?? [])];
  return {
    metadata: new Map(pairs.map(([key, value]) => [key, toDescribed(value)])),
    tensors: headers.flatMap(({ tensors }) =>
      tensors.map(({ name, type, dimensions }) => ({ name, type: type.name, shape: dimensions })),
    ),
  };
}

function toDescribed(value: GgufValue): DescribedValue {
  if (typeof value !== 'object') return value;
  const isVocabulary = value.items instanceof Int32Array;
  return value.items === null || isVocabulary ? null : Array.from(value.items);
}
