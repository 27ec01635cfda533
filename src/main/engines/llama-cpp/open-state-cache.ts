import { open, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { systemClock } from '../../base/index.ts';
import type { LoadRequest } from '../../engine-port/index.ts';
import { hashModelIdentity, KvCache, type FileIdentity } from './kv-cache/index.ts';
import { readProcessorVariant } from './native/shared-libraries.ts';

/** Enough of a GGUF file's beginning to tell it from another of the same size and date. */
const headerBytes = 64 * 1024;

export interface StateCacheFacts {
  /** Version of the inference library. */
  libraryVersion: string;
  /** `cpu`, `metal`, `cuda`, `vulkan`, with the number of layers on it. */
  backend: string;
  /** As the library resolved it for this context. */
  flashAttention: boolean;
  /** Sequences of the first context: states that cannot be cut fit only one with as many. */
  sequences: number;
  /** Tokens that one of them holds. */
  contextSize: number;
  /** Where the size of a context decides how positions are turned. */
  ropeBoundary: number | undefined;
}

/** The cache of one loaded model; undefined where the load asks for none. */
export async function openStateCache(
  { model, options }: LoadRequest,
  facts: StateCacheFacts,
): Promise<KvCache | undefined> {
  const { stateCache } = options;
  if (!stateCache) return undefined;
  const { disk, memoryBytes } = stateCache;
  return KvCache.open({
    identity: hashModelIdentity({
      files: [await identifyFile(model.path)],
      adapters: [],
      overrides: {},
      keyType: 'f16',
      valueType: 'f16',
      flashAttention: facts.flashAttention,
      fullSlidingWindow: false,
      rope: facts.ropeBoundary === undefined ? {} : { isLong: Number(facts.contextSize > facts.ropeBoundary) },
      library: facts.libraryVersion,
      backend: facts.backend,
      processorVariant: readProcessorVariant(),
    }),
    streamCount: facts.sequences,
    ramBytes: memoryBytes,
    disk: disk ? { folder: disk.folder, budgetBytes: disk.budgetBytes ?? undefined } : undefined,
    clock: systemClock,
  });
}

/**
 * Never by the hash of the whole content: that becomes known at some time of a model's life, and what was kept until then
 * would be lost.
 */
async function identifyFile(path: string): Promise<FileIdentity> {
  const { size, mtimeMs } = await stat(path);
  const file = await open(path, 'r');
  try {
    const header = Buffer.alloc(Math.min(headerBytes, size));
    await file.read(header, 0, header.length, 0);
    const headerSha256 = createHash('sha256').update(header).digest('hex');
    return { sizeBytes: size, modifiedMs: mtimeMs, headerSha256 };
  } finally {
    await file.close();
  }
}
