/**
 * What runs when and where: loads models once for all who ask, places them in a host, makes room, restarts what
 * crashed, and hands out leases. Called by `inference` and, for snapshots, by `api`. Must never know where models came
 * from, which dialect asked, or what a prompt means.
 */
export type { Lease } from './lease.ts';
export { createScheduler, type AcquireRequest, type Scheduler } from './scheduler.ts';
