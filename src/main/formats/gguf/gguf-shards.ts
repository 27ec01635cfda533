import path from 'node:path';
import { AppError } from '#shared/errors/app-error.ts';
import { invalidModelFile } from '../format-problem.ts';
import type { GgufHeader } from './gguf-header.ts';

const shardName = /^(.*)-(\d{5})-of-(\d{5})$/;
const maximumShards = 1024;

/** The file name's stem without extension and without `-00001-of-00003`. */
export function stemOfShard(file: string): string {
  const stem = path.basename(file).replace(/\.gguf$/i, '');
  return shardName.exec(stem)?.[1] ?? stem;
}

/** All files of the model that `file` belongs to, the first one first; just `file` when its name is no shard's. */
export function listShards(file: string): string[] {
  const { dir, name, ext } = path.parse(file);
  const [, stem, part, total] = shardName.exec(name) ?? [];
  const count = Number(total ?? 0);
  const isPart = Number(part) >= 1 && Number(part) <= count && count <= maximumShards;
  if (stem === undefined || !isPart) return [file];
  const numbers = Array.from({ length: count }, (_, index) => String(index + 1).padStart(5, '0'));
  return numbers.map((number) => path.join(dir, `${stem}-${number}-of-${total}${ext}`));
}

/** Names the shards that are not there; none of them can be used without the others. */
export function missingShards(file: string, missing: readonly string[]): AppError {
  const names = missing.slice(0, 5).map((shard) => path.basename(shard));
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  return new AppError(
    'model-file-missing',
    `${path.basename(file)} is one part of a model; ${names.join(', ')}${more} are missing beside it.`,
    {
      hint: 'Put all parts of the model into one folder, then import the first one.',
      data: { path: missing[0], missing: names },
    },
  );
}

/**
 * The headers of all shards as one: metadata of the first, tensors of all. Refuses shards that do not belong together
 * (`shards`). A single header is given back as it is, unless it says that it has siblings.
 */
export function joinShards(headers: readonly GgufHeader[]): GgufHeader | undefined {
  const [first] = headers;
  if (!first) return undefined;
  headers.forEach((header, index) => checkShard(header, { index, count: headers.length }));
  const tensors = headers.flatMap((header) => header.tensors);
  const announced = readNumber(first, 'split.tensors.count') ?? tensors.length;
  const isWhole = announced === tensors.length && new Set(tensors.map(({ name }) => name)).size === tensors.length;
  if (isWhole) return { ...first, tensors };
  throw invalidModelFile({
    file: first.file,
    problem: 'shards',
    detail: `Its parts hold ${tensors.length} tensors; ${announced} different ones were announced.`,
  });
}

function checkShard(header: GgufHeader, { index, count }: { index: number; count: number }): void {
  const total = readNumber(header, 'split.count') || 1;
  const number = readNumber(header, 'split.no') ?? 0;
  if (total === count && number === index) return;
  throw invalidModelFile({
    file: header.file,
    problem: 'shards',
    detail: `It says that it is part ${number + 1} of ${total}; its name says part ${index + 1} of ${count}.`,
    hint: 'Give the parts of the model the names they were published under, and import the first one.',
  });
}

function readNumber({ metadata }: GgufHeader, key: string): number | undefined {
  const value = metadata.get(key);
  return typeof value === 'number' ? value : undefined;
}
