import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './arms.ts';
import type { BenchContext, Suite } from './bench-context.ts';
import { readCpuSeconds, readPssBytes } from './process-tree.ts';
import { startArm, type Arm } from './server-arm.ts';
import { median } from './statistics.ts';

/** A server without a model: how fast it answers, what it holds, what it burns; and the second `npm start`. */
export const idleSuite: Suite = async (context) => {
  const row = { suite: 'Idle and start', against: '', threads: 0 };
  const healthMs: number[] = [];
  for (let start = 0; start < 5; start++) {
    const arm = await startIdle(context);
    healthMs.push(arm.healthMs);
    await arm.stop();
  }
  context.keep('health ms', healthMs);
  const health = { value: median(healthMs), unit: 'ms' };
  context.add({ ...row, what: 'spawn to /health, no model', figure: health, target: { atMost: 600 } });
  await measureIdle(context);
  const startMs = await measureSecondStart(context);
  context.keep('second npm start ms', startMs);
  const second = { value: median(startMs) / 1000, unit: 's', note: 'model loaded' };
  context.add({ ...row, what: 'second `npm start` to ready', figure: second, target: { atMost: 3 } });
};

async function measureIdle(context: BenchContext): Promise<void> {
  const row = { suite: 'Idle and start', against: '', threads: 0 };
  const seconds = context.isQuick ? 20 : 60;
  const arm = await startIdle(context);
  try {
    await sleep(seconds * 1000);
    const cpuBefore = readCpuSeconds(arm.pid);
    await sleep(seconds * 1000);
    const cpuShare = ((readCpuSeconds(arm.pid) - cpuBefore) / seconds) * 100;
    const pss = { value: readPssBytes(arm.pid) / 1e6, unit: 'MB', note: `${seconds} s after ready` };
    context.add({ ...row, what: 'memory (PSS), all processes', figure: pss, target: { atMost: 120 } });
    const cpu = { value: cpuShare, unit: '% of a core', note: `over ${seconds} s` };
    context.add({ ...row, what: 'CPU', figure: cpu, target: { atMost: 0.1 } });
  } finally {
    await arm.stop();
  }
}

async function startIdle({ root, scratch }: BenchContext): Promise<Arm> {
  const port = await findFreePort();
  const flags = ['serve', '--model', 'none', '--home', path.join(scratch, 'idle'), '--port', String(port)];
  const entry = path.join(root, 'dist', 'headless', 'impetus.js');
  return startArm({
    ...{ name: 'Impetus', command: process.execPath, port },
    commandArguments: ['--disable-warning=ExperimentalWarning', entry, ...flags],
  });
}

/** Spawning npm to the ready line, with everything installed, built and downloaded before. */
async function measureSecondStart({ root, scratch }: BenchContext): Promise<number[]> {
  const times: number[] = [];
  for (let start = 0; start < 4; start++) {
    const port = await findFreePort();
    const flags = ['--headless', '--no-open', '--home', path.join(scratch, 'start'), '--port', String(port)];
    times.push(await startOnce(root, flags));
  }
  return times.slice(1);
}

function startOnce(root: string, flags: string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', ...flags], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let readyMs: number | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    if (readyMs !== undefined || !chunk.toString().includes('Impetus is ready')) return;
    readyMs = performance.now() - startedAt;
    child.kill('SIGTERM');
  });
  child.once('exit', (code) =>
    readyMs === undefined ? reject(new Error(`npm start ended with code ${code}.`)) : resolve(readyMs),
  );
  return promise;
}
