import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './arms.ts';
import type { BenchContext, Suite } from './bench-context.ts';
import { readHeapSize, readLiveObjects, type HeapSize, type LiveObjects } from './inspector.ts';
import { fitLine } from './linear-fit.ts';
import { readProcessMemory, type ProcessMemory } from './process-tree.ts';
import { RestartableArm } from './restartable-arm.ts';
import { runClients, type SoakCounts } from './soak-clients.ts';

/** The main process and the one that holds the model. */
const roles = ['main', 'child'] as const;
type Role = (typeof roles)[number];

interface Sample {
  seconds: number;
  memory: Record<Role, ProcessMemory>;
}

const shape = { threads: 1, slots: 4, contextSize: 2048 };
/** More than there are slots, so that some always wait. */
const clients = 6;
const sampleMs = 10_000;
/** The clients' last connections are gone by then, and so is what was written in the background. */
const calmMs = 5000;
/** A process may grow by so much over the second half of a soak: what a page-sized sample is unsure of. */
const allowedGrowthMb = 4;
/** Nothing of these is alive when nobody asks for anything. */
const perRequest: Record<Role, readonly string[]> = {
  main: ['Exchange', 'EventStream', 'ChildStream', 'ResumableAnswer', 'GenerationMeter', 'ServerResponse'],
  child: ['GenerationRun', 'AnswerReader', 'ControlledChooser', 'Sampler', 'TokenConstraint', 'CreditGate'],
};

/** Mixed work with clients that go away at any time: memory must stay as it is, and nothing of a request may remain. */
export const soakSuite: Suite = async (context) => {
  const ports = { main: await findFreePort(), child: await findFreePort() };
  // A child's own inspector opens when it is signalled.
  const node = {
    flags: [`--inspect=127.0.0.1:${ports.main}`],
    environment: { NODE_OPTIONS: `--inspect-port=${ports.child}` },
  };
  const own = { ...context, model: context.longContextModel };
  const arm = await RestartableArm.startImpetus(own, shape, node);
  try {
    await runClients(arm.url, clients, performance.now() + 5000);
    const pids = { main: arm.pid, child: await requireEngine(arm) };
    process.kill(pids.child, 'SIGUSR1');
    const heaps: Record<Role, HeapSize>[] = [await readHeaps(ports)];
    const soakMs = (context.isQuick ? 2 : context.minutes) * 60_000;
    const halves: SoakCounts[] = [];
    const samples: Sample[] = [];
    const startedAt = performance.now();
    for (const half of [1, 2]) {
      const untilMs = startedAt + (soakMs * half) / 2;
      const [counts] = await Promise.all([
        runClients(arm.url, clients, untilMs),
        watchMemory(pids, { startedAt, untilMs, samples }),
      ]);
      halves.push(counts);
      await sleep(calmMs);
      heaps.push(await readHeaps(ports));
    }
    const crashes = (await requireEngine(arm)) === pids.child ? 0 : 1;
    const objects = { main: await readLiveObjects(ports.main), child: await readChildObjects(pids.main, ports.child) };
    context.keep('soak', { samples, halves, heaps });
    addRows(context, { samples, halves, heaps, objects, crashes, minutes: soakMs / 60_000 });
  } finally {
    await arm.stop();
  }
};

async function requireEngine(arm: RestartableArm): Promise<number> {
  const pid = await arm.enginePid();
  if (pid === undefined) throw new Error('The model is in no process of its own.');
  return pid;
}

async function readHeaps(ports: Record<Role, number>): Promise<Record<Role, HeapSize>> {
  return { main: await readHeapSize(ports.main), child: await readHeapSize(ports.child) };
}

/** The main process would end a child that stands still as long as a heap snapshot takes: it stands still too. */
async function readChildObjects(mainPid: number, port: number): Promise<LiveObjects> {
  process.kill(mainPid, 'SIGSTOP');
  try {
    return await readLiveObjects(port);
  } finally {
    process.kill(mainPid, 'SIGCONT');
  }
}

interface Watch {
  startedAt: number;
  untilMs: number;
  samples: Sample[];
}

async function watchMemory(pids: Record<Role, number>, { startedAt, untilMs, samples }: Watch): Promise<void> {
  while (performance.now() < untilMs) {
    const memory = { main: readProcessMemory(pids.main), child: readProcessMemory(pids.child) };
    samples.push({ seconds: (performance.now() - startedAt) / 1000, memory });
    await sleep(Math.min(sampleMs, Math.max(0, untilMs - performance.now())));
  }
}

interface Soak {
  samples: readonly Sample[];
  halves: readonly SoakCounts[];
  heaps: readonly Record<Role, HeapSize>[];
  objects: Record<Role, LiveObjects>;
  /** 1: the child at the end was not the one of the beginning. */
  crashes: number;
  minutes: number;
}

function addRows(context: BenchContext, soak: Soak): void {
  const row = { suite: `Soak, ${soak.minutes} minutes of mixed work with random aborts`, against: '', threads: 1 };
  const total = (key: 'answered' | 'aborted' | 'refused'): number =>
    soak.halves.reduce((sum, counts) => sum + counts[key], 0);
  const failures = soak.halves.flatMap((counts) => Object.entries(counts.failures));
  const failed = failures.reduce((sum, [, count]) => sum + count, 0);
  const note = `${total('aborted')} cut by the client, ${total('refused')} wrong on purpose and refused`;
  context.add({ ...row, what: 'requests answered', figure: { value: total('answered'), unit: 'requests', note } });
  const unexpected = {
    value: failed,
    unit: 'requests',
    ...(failures[0] ? { note: failures[0][0].slice(0, 120) } : {}),
  };
  context.add({ ...row, what: 'requests that failed', figure: unexpected, target: { atMost: 0 } });
  const crashed = { value: soak.crashes, unit: 'times' };
  context.add({ ...row, what: 'engine process ended', figure: crashed, target: { atMost: 0 } });
  for (const role of roles) {
    for (const kind of ['rss', 'pss'] as const) context.add({ ...row, ...toGrowth(soak, role, kind) });
    for (const part of ['heap', 'external'] as const) context.add({ ...row, ...toHeapGrowth(soak, role, part) });
    for (const name of perRequest[role]) context.add({ ...row, ...toRemains(soak.objects[role], role, name) });
  }
}

type Measured = Pick<Parameters<BenchContext['add']>[0], 'what' | 'figure' | 'target'>;

function toGrowth({ samples }: Soak, role: Role, kind: keyof ProcessMemory): Measured {
  const second = samples.slice(Math.floor(samples.length / 2));
  const points = second.map(({ seconds, memory }) => [seconds, memory[role][kind] / 1e6] as const);
  const { slope, slopeError } = fitLine(points);
  const seconds = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
  const [first, last] = [samples[0], samples.at(-1)].map((sample) =>
    ((sample?.memory[role][kind] ?? 0) / 1e6).toFixed(1),
  );
  const note = `+-${(2 * slopeError * seconds).toFixed(1)}; ${first} MB at the start, ${last} MB at the end, ${points.length} samples`;
  return {
    what: `${role}: growth of ${kind.toUpperCase()} over the second half, linear fit`,
    figure: { value: slope * seconds, unit: 'MB', note },
    target: { atMost: allowedGrowthMb, atLeast: Number.NEGATIVE_INFINITY },
  };
}

function toHeapGrowth({ heaps }: Soak, role: Role, part: keyof HeapSize): Measured {
  const [start = 0, middle = 0, end = 0] = heaps.map((sizes) => sizes[role][part] / 1e6);
  const name = part === 'heap' ? 'the collected heap' : 'what the collected heap holds outside';
  return {
    what: `${role}: growth of ${name} over the second half`,
    figure: {
      value: end - middle,
      unit: 'MB',
      note: `${start.toFixed(2)}, ${middle.toFixed(2)}, ${end.toFixed(2)} MB`,
    },
    // What lies outside is mostly the state of conversations, which may fill its budget.
    ...(part === 'heap' ? { target: { atMost: 1, atLeast: Number.NEGATIVE_INFINITY } } : {}),
  };
}

/** A class that the process does not know would never be found alive. */
function toRemains({ counts, functions }: LiveObjects, role: Role, name: string): Measured {
  return {
    what: `${role}: live ${name} at the end`,
    figure: functions.has(name)
      ? { value: counts.get(name) ?? 0, unit: 'objects' }
      : { notMeasured: 'the process has no class of that name' },
    target: { atMost: 0 },
  };
}
