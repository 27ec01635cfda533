/**
 * What every room may use: logging, files, events, queues, child processes, the one way out to the network.
 * Knows no models, no tokens and no HTTP routes.
 */
export * from './abort.ts';
export * from './atomic-file.ts';
export * from './clock.ts';
export * from './emitter.ts';
export * from './event-queue.ts';
export * from './event-source.ts';
export * from './home-paths.ts';
export * from './instance-file.ts';
export * from './log-file.ts';
export * from './logger.ts';
export * from './mutex.ts';
export * from './node-worker-host.ts';
export * from './worker-host.ts';
