import { createMachineSource, type MachineSource } from './machine-source.ts';

/**
 * Most memory a process has held since it began, in bytes, as the kernel counts it: shared pages, such as those of a
 * model file, included. Undefined where the system tells it only to tools (macOS, Windows), or the process is gone.
 */
export function readPeakMemory(
  pid: number,
  source: Pick<MachineSource, 'platform' | 'readText'> = createMachineSource(),
): number | undefined {
  if (source.platform !== 'linux') return undefined;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(source.readText(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
