/** The control contract's server side: what the shell, the CLI and the composition root use of it. */
export { ControlAccess, type ControlAccessOptions } from './control-access.ts';
export type { ControlHandlers } from './control-handlers.ts';
export { createControlRouter, type ControlRouterOptions } from './control-router.ts';
export { createControlToken } from './control-token.ts';
export { createControlHandlers, type ControlHandlerPorts } from './create-control-handlers.ts';
export type { BrowserAccess, ServerControl } from './ports.ts';
export { controlRoutes, type ControlRoutesOptions } from './routes.ts';
export { uiRoutes, type UiRoutesOptions } from './ui.ts';
