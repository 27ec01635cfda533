/**
 * What this machine has: processor cores and memory, as plain numbers.
 * Called by the scheduler's planning (through the composition root) and for the state that the tray shows.
 * Knows no models and decides nothing.
 */
export { hasGpu, type GpuPresenceSource } from './gpu-presence.ts';
export { readMachine, type Machine } from './machine.ts';
export { readMemory, type MemoryReading } from './memory-reading.ts';
