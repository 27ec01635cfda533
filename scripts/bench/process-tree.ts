import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second. */
const tickSeconds = 0.01;

/** A process and all its descendants, as /proc tells. */
export function findTree(root: number): number[] {
  const children = Map.groupBy(listProcesses(), ({ parent }) => parent);
  const collect = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap((child) => collect(child.pid))];
  return collect(root);
}

/** User and system time of the tree since its start, in seconds. */
export function readCpuSeconds(root: number): number {
  return findTree(root).reduce((sum, pid) => sum + (readStat(pid)?.cpuSeconds ?? 0), 0);
}

/** Proportional set size of the tree, in bytes. */
export function readPssBytes(root: number): number {
  return findTree(root).reduce((sum, pid) => {
    const line = /^Pss:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/smaps_rollup`));
    return sum + Number(line?.[1] ?? 0) * 1024;
  }, 0);
}

interface ProcessStat {
  pid: number;
  parent: number;
  cpuSeconds: number;
}

function listProcesses(): ProcessStat[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; the fields begin behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 14) return undefined;
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { pid, parent: Number(fields[1]), cpuSeconds: ticks * tickSeconds };
}

/** Empty for a process that is gone. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
