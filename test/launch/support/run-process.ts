import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface RunningProcess {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Exit code, or the signal's name. */
  exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the first match in standard output; fails after 120 s or when the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a command in its own process group, of which nothing is left when the test ends. */
export function runProcess(command: string, commandArguments: string[], options: SpawnOptions = {}): RunningProcess {
  const child = spawn(command, commandArguments, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  let stdout = '';
  let stderr = '';
  let hasEnded = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      hasEnded = true;
      resolve(code ?? signal ?? -1);
    });
  });
  onTestFinished(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group has ended already.
    }
  });
  return {
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    kill: (signal) => void process.kill(pid, signal),
    async waitFor(pattern) {
      for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(20)) {
        const match = pattern.exec(stdout);
        if (match) return match;
        if (hasEnded) break;
      }
      throw new Error(`no ${String(pattern)} in:\n${stdout}\n${stderr}`);
    },
  };
}

/** The ids of the processes of one group that still run; ended ones that nobody has waited for do not count. */
export function processesOfGroup(group: number): number[] {
  const processes = process.platform === 'linux' ? readProc() : readPs();
  return processes.filter((entry) => entry.group === group && !entry.state.startsWith('Z')).map(({ pid }) => pid);
}

/** The command lines of all processes. */
export function commandLines(): string[] {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' }).stdout.split('\n');
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.flatMap((name) => {
    try {
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

interface ProcessEntry {
  pid: number;
  group: number;
  state: string;
}

function readProc(): ProcessEntry[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names.flatMap((name) => {
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state = '', , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), group: Number(group), state }];
    } catch {
      return [];
    }
  });
}

function readPs(): ProcessEntry[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'pgid=', '-o', 'stat='], { encoding: 'utf8' });
  return stdout.split('\n').map((line) => {
    const [pid, group, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), state };
  });
}
