import { describe, expect, test } from 'vitest';
import { ThreadPlan, type StepKind, type ThreadChange } from '#main/engines/llama-cpp/thread-plan.ts';

/** A machine whose steps take what the test says, on a clock that only they move. */
class Machine {
  readonly changes: string[] = [];
  readonly plan: ThreadPlan;
  nowMs = 0;
  heldTokens = 100;

  constructor(threads: number, isAdaptive = true) {
    const onChange = ({ kind, from, to, reason }: ThreadChange): void => {
      this.changes.push(`${kind} ${from}>${to} ${reason}`);
    };
    this.plan = new ThreadPlan({ threads, isAdaptive, onChange });
  }

  /** One step; its duration may depend on the threads it was given. Returns those. */
  step(kind: StepKind, tokens: number, duration: number | ((threads: number) => number)): number {
    const threads = this.plan.next(kind, this.nowMs);
    const durationMs = typeof duration === 'number' ? duration : duration(threads);
    this.nowMs += durationMs;
    this.plan.observe({ kind, tokens, heldTokens: this.heldTokens, durationMs, atMs: this.nowMs });
    return threads;
  }

  /** Decode steps of one token; returns the threads of each. */
  decode(count: number, duration: number | ((threads: number) => number)): number[] {
    return Array.from({ length: count }, () => this.step('decode', 1, duration));
  }

  wait(durationMs: number): void {
    this.nowMs += durationMs;
  }
}

/** Steps that scale with the threads: 12 ms with one. */
const calm = (threads: number): number => 12 / threads;
/** More than one thread waits for the other program. */
const busy = (threads: number): number => (threads === 1 ? 20 : 400);

/** A machine after its first answer, with nothing to report. */
function createCalm(threads: number): Machine {
  const machine = new Machine(threads);
  machine.decode(50, calm);
  machine.changes.length = 0;
  return machine;
}

describe('a calm machine', () => {
  test('one thread is tried once, is slower, and never again', () => {
    const machine = new Machine(2);
    const used = machine.decode(10_000, calm);
    expect(used.slice(0, 14)).toEqual([2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(used.slice(14).every((threads) => threads === 2)).toBe(true);
    expect(machine.changes).toEqual(['decode 2>1 comparison', 'decode 1>2 no-gain']);
  });

  test('steps that take up to twice as long, at random, change nothing', () => {
    const machine = createCalm(2);
    const noise = [1, 1.7, 1.2, 2, 1, 1.9, 2, 2, 1.1, 1.4, 2, 1];
    for (let step = 0; step < 5000; step++) machine.decode(1, 6 * (noise[(step * 7) % 12] ?? 1));
    expect(machine.changes).toEqual([]);
  });

  test('a single step four times as long changes nothing', () => {
    const machine = createCalm(2);
    for (let round = 0; round < 200; round++) {
      machine.decode(1, 24);
      machine.decode(5, 6);
    }
    expect(machine.changes).toEqual([]);
  });

  test('a tiny model whose step is thirty times as long for a moment keeps its threads', () => {
    const machine = new Machine(2);
    machine.decode(50, (threads) => 0.6 / threads);
    machine.changes.length = 0;
    machine.decode(1, 9);
    expect(machine.decode(1, 0.3)).toEqual([2]);
    expect(machine.changes).toEqual([]);
  });

  test('a context that grows until steps take ten times as long changes nothing', () => {
    const machine = createCalm(2);
    for (let step = 0; step < 20_000; step++) {
      machine.heldTokens = 100 + step;
      machine.decode(1, (threads) => calm(threads) * (1 + step / 2000));
    }
    expect(machine.changes).toEqual([]);
  });

  test('long and short conversations by turns are not compared with each other', () => {
    const machine = createCalm(2);
    for (let turn = 0; turn < 60; turn++) {
      machine.heldTokens = turn % 2 === 0 ? 100 : 12_000;
      machine.decode(30, (threads) => calm(threads) * (1 + machine.heldTokens / 2000));
    }
    expect(machine.changes).toEqual([]);
  });

  test('batches of one to four answers are not compared with each other', () => {
    const machine = createCalm(2);
    for (let step = 0; step < 1000; step++) {
      const tokens = 1 + (step % 4);
      machine.step('decode', tokens, (threads) => (tokens * 12) / threads);
    }
    expect(machine.changes).toEqual([]);
  });

  test('prompt pieces of 512, 37 and 3 tokens are not compared with each other', () => {
    const machine = createCalm(2);
    for (let step = 0; step < 300; step++) {
      const tokens = [512, 512, 37, 3][step % 4] ?? 1;
      machine.step('prefill', tokens, (threads) => 3 + (tokens * 6) / threads);
    }
    expect(machine.changes).toEqual([]);
  });

  test('half of sixteen threads that decode as fast or faster stay with decode alone', () => {
    const machine = new Machine(16);
    machine.decode(30, (threads) => (threads === 1 ? 200 : threads > 8 ? 30 : 25));
    expect(machine.plan.threads).toEqual({ decode: 8, prefill: 16 });
    expect(machine.changes).toEqual(['decode 16>1 comparison', 'decode 1>16 no-gain', 'decode 16>8 comparison']);
  });
});

describe('a machine that becomes busy', () => {
  test('two steps four times as long halve the threads', () => {
    const machine = createCalm(4);
    const slow = (threads: number): number => (threads === 4 ? 12 : 5);
    expect(machine.decode(4, slow)).toEqual([4, 4, 2, 2]);
    expect(machine.changes).toEqual(['decode 4>2 slow-steps']);
  });

  test('two slow steps around a good one do as well', () => {
    const machine = createCalm(2);
    expect([24, 6, 24, 8, 8].flatMap((duration) => machine.decode(1, duration))).toEqual([2, 2, 2, 1, 1]);
  });

  test('one step sixty times as long is enough', () => {
    const machine = createCalm(2);
    expect(machine.decode(3, busy)).toEqual([2, 1, 1]);
    expect(machine.changes).toEqual(['decode 2>1 slow-steps']);
  });

  test('one is the least, however slow it is', () => {
    const machine = createCalm(8);
    machine.decode(60, (threads) => (threads === 1 ? 50 : 5000));
    expect(machine.plan.threads.decode).toBe(1);
    expect(Math.min(...machine.decode(40, 4000))).toBe(1);
  });

  test('when it is busy from the first step, one or two long tokens of an answer show it', () => {
    const machine = new Machine(2);
    expect(machine.decode(6, busy)).toEqual([2, 1, 1, 1, 1, 1]);
    expect(machine.decode(100, busy).every((threads) => threads === 1)).toBe(true);
    expect(machine.changes).toEqual(['decode 2>1 comparison', 'prefill 2>1 busy-machine']);
    const faster = new Machine(2);
    expect(faster.decode(4, (threads) => (threads === 1 ? 20 : 120))).toEqual([2, 2, 1, 1]);
  });

  test('halving goes on at once while steps stay slow, and ends where they are not', () => {
    const machine = createCalm(16);
    const used = machine.decode(10, (threads) => (threads > 3 ? 300 : 6));
    expect(used).toEqual([16, 8, 4, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('what decode found out is believed for prompts, and the other way round', () => {
    const first = createCalm(2);
    first.decode(8, busy);
    expect(first.plan.threads).toEqual({ decode: 1, prefill: 1 });
    const second = createCalm(2);
    for (let step = 0; step < 4; step++) second.step('prefill', 40, calm(2) * 40);
    for (let step = 0; step < 4; step++) second.step('prefill', 40, (threads) => (threads === 1 ? 600 : 5000));
    expect(second.plan.threads).toEqual({ decode: 1, prefill: 1 });
  });

  test('steps that are as slow with fewer threads get them back, and are the new normal', () => {
    const machine = createCalm(2);
    machine.decode(2000, 60);
    expect(machine.changes).toEqual(['decode 2>1 slow-steps', 'decode 1>2 no-gain']);
    expect(machine.plan.threads).toEqual({ decode: 2, prefill: 2 });
  });
});

describe('a machine that becomes calm again', () => {
  test('one thread more is tried after five seconds, and kept', () => {
    const machine = createCalm(2);
    machine.decode(20, busy);
    machine.wait(4500);
    expect(machine.decode(1, calm)).toEqual([1]);
    machine.wait(500);
    expect(machine.decode(10, calm)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(machine.changes.filter((change) => change.startsWith('decode'))).toEqual([
      'decode 2>1 slow-steps',
      'decode 1>2 trial',
    ]);
  });

  test('eight threads come back one by one, never more', () => {
    const machine = createCalm(8);
    machine.decode(30, busy);
    expect(machine.plan.threads.decode).toBe(1);
    const used = machine.decode(20_000, calm);
    expect([...new Set(used)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(used.at(-1)).toBe(8);
    expect(machine.plan.threads.decode).toBe(8);
  });

  test('prompts come back by a trial of their own', () => {
    const machine = createCalm(2);
    machine.decode(20, busy);
    const prompt = (threads: number): number => 600 / threads;
    expect(machine.step('prefill', 100, prompt)).toBe(1);
    machine.wait(10_000);
    expect([1, 2, 3, 4].map(() => machine.step('prefill', 100, prompt))).toEqual([2, 2, 2, 2]);
    expect(machine.plan.threads).toEqual({ decode: 1, prefill: 2 });
  });
});

describe('a machine that stays busy', () => {
  test('each failed trial is one step and doubles the wait, up to five minutes', () => {
    const machine = createCalm(2);
    const trialsAtSeconds: number[] = [];
    const beginMs = machine.nowMs;
    while (machine.nowMs - beginMs < 3_600_000) {
      const [threads] = machine.decode(1, busy);
      if (threads === 2) trialsAtSeconds.push(Math.round((machine.nowMs - beginMs) / 1000));
    }
    expect(trialsAtSeconds.slice(0, 8)).toEqual([0, 6, 16, 37, 77, 158, 318, 618]);
    expect(trialsAtSeconds).toHaveLength(17);
  });

  test('a trial that took three seconds is not repeated for a minute', () => {
    const machine = createCalm(2);
    machine.decode(20, busy);
    machine.wait(5000);
    expect(machine.decode(2, (threads) => (threads === 1 ? 20 : 3000))).toEqual([2, 1]);
    machine.wait(59_900);
    expect(machine.decode(1, busy)).toEqual([1]);
    machine.wait(100);
    expect(machine.decode(1, busy)).toEqual([2]);
  });

  test('a trial by a machine that is busy now and then does not swing', () => {
    const machine = createCalm(2);
    const beginMs = machine.nowMs;
    // Calm for one second in ten: some trials succeed, and are taken back at once.
    while (machine.nowMs - beginMs < 3_600_000) {
      machine.decode(1, machine.nowMs % 10_000 < 1000 ? calm : busy);
    }
    expect(machine.changes.length).toBeLessThan(80);
  });
});

test("the user's own number is never changed", () => {
  const machine = new Machine(2, false);
  expect(new Set(machine.decode(500, busy))).toEqual(new Set([2]));
  machine.wait(600_000);
  expect(machine.step('prefill', 100, 9000)).toBe(2);
  expect(machine.plan.threads).toEqual({ decode: 2, prefill: 2 });
  expect(machine.changes).toEqual([]);
});

test('one thread is left alone', () => {
  const machine = new Machine(1);
  machine.decode(100, 10);
  machine.decode(100, 1000);
  expect(machine.changes).toEqual([]);
});
