/**
 * The one door to the models: resolves name and defaults, waits for the lease, generates, counts. Called by every
 * dialect of `api`, by the control contract and the CLI; joins library, scheduler and gateway, who do not know each
 * other. Never knows HTTP, Electron or any wire format.
 */
export * from './inference.ts';
export type { ModelLibrary } from './ports.ts';
export type { Readiness } from './readiness.ts';
