/**
 * The engine contract: what every engine is asked and what it answers, as plain data with schemas. Called by the
 * scheduler and by `inference`; implemented by `engines` (and later `upstreams`). Knows no library, no process and
 * nothing about where a file came from.
 */
export * from './engine.ts';
export * from './engine-errors.ts';
export * from './engine-messages.ts';
export * from './engine-registry.ts';
