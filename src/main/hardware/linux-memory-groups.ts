import path from 'node:path';

type ReadText = (file: string) => string | undefined;

/** A control group with a memory limit that holds for this process. */
export interface MemoryGroup {
  limitBytes: number;
  /** Without file pages that the kernel gives back when asked. */
  usedBytes: number;
}

interface GroupFiles {
  limit: string;
  usage: string;
  inactive: string;
}

const versionTwo: GroupFiles = { limit: 'memory.max', usage: 'memory.current', inactive: 'inactive_file' };
const versionOne: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  inactive: 'total_inactive_file',
};

/** Every group from this process' own up to the root that sets a limit, of both versions of control groups. */
export function readMemoryGroups(readText: ReadText): MemoryGroup[] {
  return (readText('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (group === undefined) return [];
    if (controllers === '') return readUpwards({ root: '/sys/fs/cgroup', group, files: versionTwo }, readText);
    if (!controllers?.split(',').includes('memory')) return [];
    return readUpwards({ root: '/sys/fs/cgroup/memory', group, files: versionOne }, readText);
  });
}

function readUpwards({ root, group, files }: { root: string; group: string; files: GroupFiles }, readText: ReadText) {
  const groups: MemoryGroup[] = [];
  for (let current = path.posix.normalize(group); ; current = path.posix.dirname(current)) {
    const found = readGroup(path.posix.join(root, current), files, readText);
    if (found) groups.push(found);
    if (current === '/') return groups;
  }
}

function readGroup(folder: string, files: GroupFiles, readText: ReadText): MemoryGroup | undefined {
  const limitBytes = readBytes(readText(path.posix.join(folder, files.limit)));
  const usage = readBytes(readText(path.posix.join(folder, files.usage)));
  if (limitBytes === undefined || usage === undefined) return undefined;
  const statistics = readText(path.posix.join(folder, 'memory.stat')) ?? '';
  const inactive = Number(new RegExp(`^${files.inactive} (\\d+)$`, 'm').exec(statistics)?.[1] ?? 0);
  return { limitBytes, usedBytes: Math.max(0, usage - inactive) };
}

/** Undefined for no limit: the word `max`, or version one's number near 2^63. */
function readBytes(text: string | undefined): number | undefined {
  const bytes = Number(text?.trim() || NaN);
  return Number.isFinite(bytes) && bytes < 2 ** 62 ? bytes : undefined;
}
