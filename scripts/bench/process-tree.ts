import { readFileSync, readdirSync } from 'node:fs';

/** A process and all its descendants, as /proc tells. */
export function findTree(root: number): number[] {
  const children = Map.groupBy(listProcesses(), ({ parent }) => parent);
  const collect = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap((child) => collect(child.pid))];
  return collect(root);
}

/** Processor time of the tree's living threads since their start, in seconds; exact to the nanosecond. */
export function readCpuSeconds(root: number): number {
  return findTree(root).reduce((sum, pid) => sum + readThreadNanoseconds(pid), 0) / 1e9;
}

function readThreadNanoseconds(pid: number): number {
  return listNames(`/proc/${pid}/task`).reduce(
    (sum, thread) => sum + Number(readText(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0),
    0,
  );
}

/** Proportional set size of the tree, in bytes. */
export function readPssBytes(root: number): number {
  return findTree(root).reduce((sum, pid) => sum + readProcessMemory(pid).pss, 0);
}

/** In bytes: what is resident, and that with shared pages divided among their users. */
export interface ProcessMemory {
  rss: number;
  pss: number;
}

/** Of one process. */
export function readProcessMemory(pid: number): ProcessMemory {
  const text = readText(`/proc/${pid}/smaps_rollup`);
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { rss: read('Rss'), pss: read('Pss') };
}

interface ProcessStat {
  pid: number;
  parent: number;
}

function listProcesses(): ProcessStat[] {
  return listNames('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; the fields begin behind it.
  const [, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : { pid, parent: Number(parent) };
}

/** Empty for a folder that is gone. */
function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty for a process that is gone. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
