import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** Where the readings come from; tests give texts of other machines. */
export interface MachineSource {
  platform: NodeJS.Platform;
  architecture: string;
  /** Processors this process may run on. */
  availableParallelism: number;
  totalMemoryBytes: number;
  freeMemoryBytes(): number;
  /** Undefined when the file cannot be read. */
  readText(file: string): string | undefined;
  /** Value of a macOS `sysctl` name; undefined where it does not exist. */
  readSysctl(name: string): Promise<string | undefined>;
}

export function createMachineSource(): MachineSource {
  return {
    platform: process.platform,
    architecture: process.arch,
    availableParallelism: os.availableParallelism(),
    totalMemoryBytes: os.totalmem(),
    freeMemoryBytes: () => os.freemem(),
    readText,
    readSysctl,
  };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function readSysctl(name: string): Promise<string | undefined> {
  try {
    const { stdout } = await execFileAsync('/usr/sbin/sysctl', ['-n', name], { timeout: 2_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
