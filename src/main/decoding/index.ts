/**
 * Pure automata that act between two tokens: bytes to text, stop texts, the decode program that joins them. Compiled
 * from data (shared/domain/decode-program.ts) and executed beside sampling in the engine's process. Called by
 * `engines` and, for compiling, by `inference`. Knows no library, no process and no I/O.
 */
export * from './decode-program.ts';
export { GrammarCache, TokenTrie, type TokenConstraint } from './grammar/index.ts';
export * from './json-schema/index.ts';
export { closingText } from './reasoning-markers.ts';
export * from './sampling/index.ts';
export * from './stop-detector.ts';
export * from './tool-calls/index.ts';
export * from './utf8-assembler.ts';
