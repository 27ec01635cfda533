/**
 * What a model file really is: detection by content, the bounded pre-check of GGUF headers, and the memory a model
 * would take. Called by the library before any inference library sees a file, and by the scheduler's planning.
 * Reads headers only, never weights; knows no catalog, no engine and nothing about where a file came from.
 */
export { describeModelFile, type ModelFileDescription } from './describe-model-file.ts';
export { detectFormat } from './detect-format.ts';
export { estimateGgufMemory } from './gguf/estimate-gguf-memory.ts';
export { toFingerprint } from './byte-source.ts';
export { listShards, stemOfShard } from './gguf/gguf-shards.ts';
export { inspectAdapterFile } from './inspect-adapter-file.ts';
export { inspectModelFile, type ModelFile } from './inspect-model-file.ts';
