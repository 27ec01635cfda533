/**
 * What this machine has: processor cores and memory, as plain numbers; which other local servers are installed.
 * Called by the scheduler's planning (through the composition root) and for the state that the tray shows.
 * Knows no models and decides nothing.
 */
export { hasGpu } from './gpu-presence.ts';
export { findInstalledServers, type OtherServer } from './installed-servers.ts';
export { readMachine, type Machine } from './machine.ts';
export { readMemory } from './memory-reading.ts';
export { readPeakMemory } from './process-memory.ts';
