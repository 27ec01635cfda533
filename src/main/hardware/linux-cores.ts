type ReadText = (file: string) => string | undefined;

/**
 * Physical cores among the processors this process may run on; only performance cores on hybrid processors (unless it
 * may run on none of them). Undefined when neither sysfs nor cpuinfo tells.
 */
export function countLinuxCores(readText: ReadText): number | undefined {
  const allowed = readAllowedProcessors(readText);
  if (allowed.length === 0) return undefined;
  const fast = new Set(parseProcessorList(readText('/sys/devices/cpu_core/cpus') ?? ''));
  const allowedFast = allowed.filter((processor) => fast.has(processor));
  const counted = allowedFast.length > 0 ? allowedFast : allowed;
  return countBySysfs(counted, readText) ?? countByCpuinfo(counted, readText('/proc/cpuinfo') ?? '');
}

/** `0-3,8` as [0, 1, 2, 3, 8]. What is no number is left out; at most 4096 processors. */
export function parseProcessorList(text: string): number[] {
  const processors: number[] = [];
  for (const range of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range.trim());
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? first), first + 4095);
    for (let processor = first; processor <= last; processor++) processors.push(processor);
  }
  return processors;
}

function readAllowedProcessors(readText: ReadText): number[] {
  const allowed = /^Cpus_allowed_list:\s*(.+)$/m.exec(readText('/proc/self/status') ?? '')?.[1];
  const online = readText('/sys/devices/system/cpu/online');
  const onlineSet = online === undefined ? undefined : new Set(parseProcessorList(online));
  const listed = parseProcessorList(allowed ?? online ?? '');
  return onlineSet ? listed.filter((processor) => onlineSet.has(processor)) : listed;
}

/** Processors of one core name the same siblings. */
function countBySysfs(processors: number[], readText: ReadText): number | undefined {
  const cores = new Set<string>();
  for (const processor of processors) {
    const folder = `/sys/devices/system/cpu/cpu${processor}/topology`;
    const siblings = readText(`${folder}/core_cpus_list`) ?? readText(`${folder}/thread_siblings_list`);
    if (siblings === undefined) return undefined;
    cores.add(siblings.trim());
  }
  return cores.size;
}

function countByCpuinfo(processors: number[], cpuinfo: string): number | undefined {
  const wanted = new Set(processors);
  const cores = new Set<string>();
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(block)?.[1];
    const core = field('core id');
    if (core !== undefined && wanted.has(Number(field('processor')))) cores.add(`${field('physical id') ?? 0}/${core}`);
  }
  return cores.size > 0 ? cores.size : undefined;
}
