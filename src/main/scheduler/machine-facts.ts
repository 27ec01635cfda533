/** What the scheduler must know of the machine. */
export interface MachineFacts {
  physicalCores: number;
  /** A GPU that the engines can use is present. */
  hasGpu: boolean;
  readMemory(): { totalBytes: number; availableBytes: number };
  /**
   * False where the system reports free memory without the caches it would give back (macOS, Windows); then at least
   * half of the machine's memory is taken as free. Default true.
   */
  isMemoryExact?: boolean;
}

/** Memory a load may count on, in bytes. */
export function readFreeBytes(machine: MachineFacts): number {
  const { totalBytes, availableBytes } = machine.readMemory();
  return machine.isMemoryExact === false ? Math.max(availableBytes, totalBytes / 2) : availableBytes;
}
