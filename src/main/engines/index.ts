/**
 * The engines that run models on this machine, and the two places they can run in: this process (`createMainHost`) or
 * a child of it (`createChildHost`). Put together by the composition root, called by the scheduler through the engine
 * port. Knows no queues, no dialects, and nothing about where a file came from.
 */
export { createChildHost, type ChildHostOptions } from './hosts/child-host.ts';
export { createMainHost } from './hosts/main-host.ts';
export { openParentLink } from './hosts/parent-link.ts';
export { serveEngine } from './hosts/serve-engine.ts';
export { readLibraryBuild } from './llama-cpp/library-build.ts';
export { createLlamaEngine } from './llama-cpp/llama-engine.ts';
