import os from 'node:os';
import { expect, test } from 'vitest';
import { readMachine, readMemory, readPeakMemory } from '#main/hardware/index.ts';
import { parseProcessorList } from '#main/hardware/linux-cores.ts';
import type { MachineSource } from '#main/hardware/machine-source.ts';

const gib = 1024 ** 3;

function createSource(given: Partial<MachineSource> & { files?: Record<string, string> }): MachineSource {
  const { files = {}, ...rest } = given;
  return {
    platform: 'linux',
    architecture: 'x64',
    availableParallelism: 8,
    totalMemoryBytes: 16 * gib,
    freeMemoryBytes: () => 3 * gib,
    readText: (file) => files[file],
    readSysctl: async () => undefined,
    ...rest,
  };
}

/** Siblings per processor as sysfs writes them. */
function topology(siblings: string[]): Record<string, string> {
  return Object.fromEntries(
    siblings.map((text, index) => [`/sys/devices/system/cpu/cpu${index}/topology/core_cpus_list`, `${text}\n`]),
  );
}
const fourCores = ['0,4', '1,5', '2,6', '3,7', '0,4', '1,5', '2,6', '3,7'];

test.each([
  ['0-3,8', [0, 1, 2, 3, 8]],
  ['0\n', [0]],
  ['', []],
  ['x,2-1,3', [3]],
])('reads the processor list %j', (text, processors) => {
  expect(parseProcessorList(text)).toEqual(processors);
});

test('counts hyper-threads of a core once', async () => {
  const files = { '/sys/devices/system/cpu/online': '0-7', ...topology(fourCores) };
  expect(await readMachine(createSource({ files }))).toMatchObject({ logicalCores: 8, physicalCores: 4 });
});

test('counts only processors this process may run on', async () => {
  const files = {
    '/sys/devices/system/cpu/online': '0-7',
    '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0,4-5\n',
    ...topology(fourCores),
  };
  expect(await readMachine(createSource({ files, availableParallelism: 3 }))).toMatchObject({ physicalCores: 2 });
});

test('never more cores than a container may use', async () => {
  const files = { '/sys/devices/system/cpu/online': '0-7', ...topology(fourCores) };
  const machine = await readMachine(createSource({ files, availableParallelism: 2 }));
  expect(machine).toMatchObject({ logicalCores: 2, physicalCores: 2 });
});

test('counts the performance cores of a hybrid processor', async () => {
  const files = {
    '/sys/devices/system/cpu/online': '0-7',
    '/sys/devices/cpu_core/cpus': '0-3',
    ...topology(['0-1', '0-1', '2-3', '2-3', '4', '5', '6', '7']),
  };
  expect(await readMachine(createSource({ files }))).toMatchObject({ logicalCores: 8, physicalCores: 2 });
});

test('falls back to cpuinfo without sysfs topology', async () => {
  const block = (processor: number, physical: number, core: number) =>
    `processor\t: ${processor}\nphysical id\t: ${physical}\ncore id\t\t: ${core}\n`;
  const files = {
    '/proc/self/status': 'Cpus_allowed_list:\t0-3\n',
    '/proc/cpuinfo': [block(0, 0, 0), block(1, 0, 0), block(2, 1, 0), block(3, 1, 0)].join('\n'),
  };
  expect(await readMachine(createSource({ files }))).toMatchObject({ physicalCores: 2 });
});

test('asks macOS for the performance cores, else for all', async () => {
  const apple = (values: Record<string, string>) =>
    readMachine(createSource({ platform: 'darwin', readSysctl: async (name) => values[name] }));
  expect(await apple({ 'hw.perflevel0.physicalcpu': '6', 'hw.physicalcpu': '8' })).toMatchObject({ physicalCores: 6 });
  expect(await apple({ 'hw.physicalcpu': '4' })).toMatchObject({ physicalCores: 4 });
});

test('estimates where nothing tells', async () => {
  const windows = { platform: 'win32' as const, availableParallelism: 12 };
  expect(await readMachine(createSource(windows))).toMatchObject({ physicalCores: 6 });
  expect(await readMachine(createSource({ ...windows, architecture: 'arm64' }))).toMatchObject({ physicalCores: 12 });
});

const meminfo = 'MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n';

test('takes the kernel’s estimate of available memory', () => {
  expect(readMemory(createSource({ files: { '/proc/meminfo': meminfo } }))).toEqual({
    totalBytes: 16 * gib,
    availableBytes: 8 * gib,
  });
});

test('keeps within the limits of all control groups above (version 2)', () => {
  const files = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '0::/app.slice/impetus.service\n',
    '/sys/fs/cgroup/app.slice/impetus.service/memory.max': 'max\n',
    '/sys/fs/cgroup/app.slice/impetus.service/memory.current': `${2 * gib}\n`,
    '/sys/fs/cgroup/app.slice/memory.max': `${4 * gib}\n`,
    '/sys/fs/cgroup/app.slice/memory.current': `${3 * gib}\n`,
    '/sys/fs/cgroup/app.slice/memory.stat': `anon 1\ninactive_file ${gib}\n`,
  };
  expect(readMemory(createSource({ files }))).toEqual({ totalBytes: 4 * gib, availableBytes: 2 * gib });
});

test('keeps within the limit of a control group (version 1)', () => {
  const files = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '5:devices:/\n4:memory:/docker/abc\n0::/\n',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    '/sys/fs/cgroup/memory/memory.usage_in_bytes': `${12 * gib}\n`,
    '/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': `${2 * gib}\n`,
    '/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes': `${gib}\n`,
  };
  expect(readMemory(createSource({ files }))).toEqual({ totalBytes: 2 * gib, availableBytes: gib });
});

test('a group above its limit leaves nothing, never less', () => {
  const files = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '0::/\n',
    '/sys/fs/cgroup/memory.max': `${gib}\n`,
    '/sys/fs/cgroup/memory.current': `${2 * gib}\n`,
  };
  expect(readMemory(createSource({ files })).availableBytes).toBe(0);
});

test('uses what the system reports elsewhere and where meminfo is missing', () => {
  const reported = { totalBytes: 16 * gib, availableBytes: 3 * gib };
  expect(readMemory(createSource({ platform: 'darwin' }))).toEqual(reported);
  expect(readMemory(createSource({ platform: 'linux' }))).toEqual(reported);
});

test('gives true figures of this machine', async () => {
  const machine = await readMachine();
  expect(machine.logicalCores).toBe(os.availableParallelism());
  expect(machine.physicalCores).toBeLessThanOrEqual(machine.logicalCores);
  expect(machine.totalMemoryBytes).toBeLessThanOrEqual(os.totalmem());
  const { availableBytes, totalBytes } = readMemory();
  expect(availableBytes).toBeGreaterThan(0);
  expect(availableBytes).toBeLessThan(totalBytes);
});

test.each([
  { platform: 'linux', status: 'Name:\tnode\nVmHWM:\t  631 kB\nVmRSS:\t  500 kB\n', peak: 646_144 },
  { platform: 'linux', status: 'Name:\tnode\n', peak: undefined },
  { platform: 'linux', status: undefined, peak: undefined },
  { platform: 'darwin', status: 'VmHWM:\t  631 kB\n', peak: undefined },
] as const)('the peak memory of a process on $platform is $peak', ({ platform, status, peak }) => {
  const files = status === undefined ? {} : { '/proc/4711/status': status };
  expect(readPeakMemory(4711, createSource({ platform, files }))).toBe(peak);
});
