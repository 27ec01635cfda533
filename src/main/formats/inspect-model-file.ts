import { access } from 'node:fs/promises';
import type { ModelFacts } from '#shared/domain/model.ts';
import { withModelFile } from './byte-source.ts';
import { detectInSource } from './detect-format.ts';
import { checkTensors } from './gguf/check-tensors.ts';
import type { GgufHeader } from './gguf/gguf-header.ts';
import { joinShards, listShards, missingShards } from './gguf/gguf-shards.ts';
import { precheckGguf } from './gguf/precheck-gguf.ts';
import { readGgufHeader } from './gguf/read-gguf-header.ts';
import { invalidModelFile } from './format-problem.ts';

export interface ModelFile {
  /** Every file of the model in order: one, or all shards. */
  files: string[];
  /** All files together. */
  sizeBytes: number;
  /** Size and time of change of the first file: differs once the file was changed. */
  fingerprint: string;
  facts: ModelFacts;
}

/**
 * The pre-check: what is this file, and can it be trusted to a library? Reads headers only (about 20 ms). Any shard
 * stands for its whole model. Errors: `model-file-missing`, `model-format-unsupported`, `model-file-invalid`,
 * `cancelled`; each names the finding and the next step.
 */
export async function inspectModelFile(file: string, { signal }: { signal?: AbortSignal } = {}): Promise<ModelFile> {
  const files = listShards(file);
  if (files.length > 1) await requireAll(file, files);
  const shards: { header: GgufHeader; fingerprint: string }[] = [];
  for (const shard of files) shards.push(await inspectShard(shard, signal));
  const headers = shards.map(({ header }) => header);
  const joined = joinShards(headers);
  if (!joined) throw invalidModelFile({ file, problem: 'shards', detail: 'It has no parts.' });
  return {
    files,
    sizeBytes: headers.reduce((sum, header) => sum + header.fileSize, 0),
    fingerprint: shards.map(({ fingerprint }) => fingerprint)[0] ?? '',
    facts: precheckGguf(joined),
  };
}

async function inspectShard(file: string, signal: AbortSignal | undefined) {
  return withModelFile(file, async (source) => {
    await detectInSource(source);
    const header = await readGgufHeader(source, signal);
    checkTensors(header);
    return { header, fingerprint: source.fingerprint };
  });
}

async function requireAll(file: string, shards: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const shard of shards) {
    await access(shard).catch(() => missing.push(shard));
  }
  if (missing.length > 0) throw missingShards(file, missing);
}
