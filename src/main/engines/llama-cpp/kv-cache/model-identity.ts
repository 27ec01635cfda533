import { createHash } from 'node:crypto';

/** What a file's content is known by: things that cannot all stay equal when the content changes. */
export interface FileIdentity {
  sizeBytes: number;
  modifiedMs: number;
  headerSha256: string;
}

/** Everything that decides which key/value state a token list has. One difference, and no state is shared. */
export interface ModelIdentity {
  /** Of every shard, in order. */
  files: readonly FileIdentity[];
  /** Adapters in the order they are applied. */
  adapters: readonly { file: FileIdentity; scale: number }[];
  /** Metadata values that were overridden at load. */
  overrides: Readonly<Record<string, string | number | boolean>>;
  keyType: string;
  valueType: string;
  /** As the library resolved it; never `auto`. */
  flashAttention: boolean;
  fullSlidingWindow: boolean;
  /**
   * Rotary embedding as the context uses it. Models with long and short factors choose by the size of the context:
   * then the choice belongs here.
   */
  rope: Readonly<Record<string, string | number>>;
  /** Version and commit of the inference library. */
  library: string;
  /** `cpu`, `metal`, `cuda`, `vulkan`, and layers on it. */
  backend: string;
  /** Which of the library's builds for this processor runs; another one rounds differently. */
  processorVariant: string;
}

/** Grows when what the hash covers changes its meaning. */
const identityVersion = 1;

export function hashModelIdentity(identity: ModelIdentity): string {
  return createHash('sha256')
    .update(toCanonicalJson({ version: identityVersion, ...identity }))
    .digest('hex');
}

/** JSON with sorted keys, so that the order in which something was written down does not matter. */
function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
