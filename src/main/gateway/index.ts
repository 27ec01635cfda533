/**
 * Who may come in, how much, and what happened: the inbound gate (Host, Origin, content type), the body limit, the
 * request log and the metrics. Called by `api` before routing and after each answer, by `inference` for figures.
 * Never knows what a request asks for, nor any dialect.
 */
export * from './access-level.ts';
export { isLoopbackHost } from './allowed-hosts.ts';
export * from './body-limit.ts';
export * from './gate.ts';
export * from './metrics-registry.ts';
export * from './request-head.ts';
export * from './request-log.ts';
