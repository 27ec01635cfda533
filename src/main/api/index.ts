/**
 * The ways in from outside: the HTTP server, the wire dialects, the control contract. Called by the entries, which
 * give it ready ports; turns requests into neutral ones and events into bytes. Never knows how a model runs or where
 * it came from, and no dialect knows another.
 */
export * from './control/index.ts';
export { createHttpServer, type HttpServer } from './http-server.ts';
