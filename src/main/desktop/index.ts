/**
 * The desktop shell: tray, popover, window and everything else that only Electron can do.
 * Called by the Electron entry, which hands in how to start the server. Knows no business rules: whatever it does goes
 * through the control contract, as for the browser and the CLI. The only room that may import `electron`.
 */
export type { Core } from './core.ts';
export { ownArguments } from './own-arguments.ts';
export { startDesktop, type CoreHooks } from './start-desktop.ts';
