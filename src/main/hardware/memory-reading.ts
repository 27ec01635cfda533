import { readMemoryGroups } from './linux-memory-groups.ts';
import { createMachineSource, type MachineSource } from './machine-source.ts';

export interface MemoryReading {
  /** The machine's memory, or the limit of this process' container where that is smaller. */
  totalBytes: number;
  /**
   * What can be taken without swapping. Linux: the kernel's own estimate, within the container's limit. macOS and
   * Windows: free memory as the system reports it, which leaves out caches that it would give back (too low, never too
   * high).
   */
  availableBytes: number;
}

type MemorySource = Pick<MachineSource, 'platform' | 'totalMemoryBytes' | 'freeMemoryBytes' | 'readText'>;

/** Cheap enough to call on every request: a handful of small reads, no child process. */
export function readMemory(source: MemorySource = createMachineSource()): MemoryReading {
  const machine = { totalBytes: source.totalMemoryBytes, availableBytes: source.freeMemoryBytes() };
  if (source.platform !== 'linux') return machine;
  const readText = (file: string) => source.readText(file);
  const { totalBytes, availableBytes } = readMeminfo(readText) ?? machine;
  const groups = readMemoryGroups(readText);
  return {
    totalBytes: Math.min(totalBytes, ...groups.map((group) => group.limitBytes)),
    availableBytes: Math.max(0, Math.min(availableBytes, ...groups.map((group) => group.limitBytes - group.usedBytes))),
  };
}

function readMeminfo(readText: (file: string) => string | undefined): MemoryReading | undefined {
  const text = readText('/proc/meminfo') ?? '';
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
  const reading = { totalBytes: field('MemTotal'), availableBytes: field('MemAvailable') };
  return Number.isFinite(reading.totalBytes) && Number.isFinite(reading.availableBytes) ? reading : undefined;
}
