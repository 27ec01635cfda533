import { countLinuxCores } from './linux-cores.ts';
import { createMachineSource, type MachineSource } from './machine-source.ts';
import { readMemory } from './memory-reading.ts';

/** What does not change while Impetus runs. */
export interface Machine {
  /** Processors this process may use, hyper-threads counted. */
  logicalCores: number;
  /** Physical cores; only the fast ones where the processor has two kinds. At least 1, at most `logicalCores`. */
  physicalCores: number;
  /** Memory this process can have at most, in bytes: the machine's, or its container's limit. */
  totalMemoryBytes: number;
}

/** Read once at start: on macOS it asks `sysctl`, a few milliseconds. Never fails; what is unknown is estimated. */
export async function readMachine(source: MachineSource = createMachineSource()): Promise<Machine> {
  const logicalCores = Math.max(1, source.availableParallelism);
  const physicalCores = (await countPhysicalCores(source)) ?? estimatePhysicalCores(source, logicalCores);
  return {
    logicalCores,
    physicalCores: Math.min(Math.max(1, physicalCores), logicalCores),
    totalMemoryBytes: readMemory(source).totalBytes,
  };
}

async function countPhysicalCores(source: MachineSource): Promise<number | undefined> {
  if (source.platform === 'linux') return countLinuxCores((file) => source.readText(file));
  if (source.platform !== 'darwin') return undefined;
  for (const name of ['hw.perflevel0.physicalcpu', 'hw.physicalcpu']) {
    const count = Number(await source.readSysctl(name));
    if (Number.isInteger(count) && count > 0) return count;
  }
  return undefined;
}

/** Windows tells only through slow child processes: x64 processors nearly all have two threads a core, ARM ones one. */
function estimatePhysicalCores({ architecture }: MachineSource, logicalCores: number): number {
  return architecture === 'x64' ? Math.ceil(logicalCores / 2) : logicalCores;
}
