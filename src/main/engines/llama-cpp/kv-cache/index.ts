/**
 * Key/value state that outlives a sequence: blocks in memory and on disk, from which any prompt with the same beginning
 * goes on, also after a restart. Called by the step loop at its borders. Knows the library's state bytes; never a
 * request, a client or a sequence's whereabouts.
 */
export { KvCache, type FoundPrefix, type KvCacheOptions } from './kv-cache.ts';
export { hashModelIdentity, type FileIdentity, type ModelIdentity } from './model-identity.ts';
export { toStreamCount } from './convert-state.ts';
