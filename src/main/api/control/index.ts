/** The control contract's server side: what the shell, the CLI and the composition root use of it. */
export { ControlAccess } from './control-access.ts';
export type { ControlHandlers } from './control-handlers.ts';
export { createControlRouter } from './control-router.ts';
export { createControlToken } from './control-token.ts';
export { createControlHandlers, type ControlHandlerPorts } from './create-control-handlers.ts';
export type { CacheControl, PassportControl, ServerControl } from './ports.ts';
export { controlRoutes } from './routes.ts';
export { uiRoutes } from './ui.ts';
