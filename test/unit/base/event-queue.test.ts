import { describe, expect, test } from 'vitest';
import { EventQueue, forEachValue } from '#main/base/index.ts';

async function readAll<Value>(queue: EventQueue<Value>): Promise<Value[]> {
  const values: Value[] = [];
  for await (const value of queue) values.push(value);
  return values;
}

describe('EventQueue', () => {
  test('gives values in the order they came, also those pushed while the reader waits', async () => {
    const queue = new EventQueue<number | undefined>();
    queue.push(1);
    queue.push(undefined);
    const reading = readAll(queue);
    await Promise.resolve();
    queue.push(3);
    queue.end();
    queue.push(4);
    expect(await reading).toEqual([1, undefined, 3]);
  });

  test('keeps its order over thousands of values and counts what is unread', async () => {
    const queue = new EventQueue<number>();
    const reader = queue[Symbol.asyncIterator]();
    const read: number[] = [];
    for (let value = 0; value < 5000; value++) {
      queue.push(value);
      if (value % 3 === 0) read.push((await reader.next()).value ?? -1);
    }
    expect(queue.size).toBe(5000 - read.length);
    queue.end();
    for await (const value of reader) read.push(value);
    expect(read).toEqual(Array.from({ length: 5000 }, (_, index) => index));
    expect(queue.size).toBe(0);
  });

  test('a failure comes after the values already pushed, once', async () => {
    const queue = new EventQueue<number>();
    const reader = queue[Symbol.asyncIterator]();
    queue.push(1);
    queue.fail(new Error('broken'));
    expect(await reader.next()).toEqual({ value: 1, done: false });
    await expect(reader.next()).rejects.toThrow('broken');
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });

  test('a failure reaches a reader that waits', async () => {
    const queue = new EventQueue<number>();
    const reading = readAll(queue);
    queue.fail(new Error('broken'));
    await expect(reading).rejects.toThrow('broken');
  });

  test('leaving the loop calls onReturn once and drops what comes later', async () => {
    let returns = 0;
    const queue = new EventQueue<number>(() => returns++);
    queue.push(1);
    queue.push(2);
    for await (const _ of queue) break;
    queue.push(3);
    expect([returns, queue.size]).toEqual([1, 0]);
    expect(await readAll(queue)).toEqual([]);
    expect(returns).toBe(1);
  });

  test('the end and a failure call onReturn too', async () => {
    const returns: string[] = [];
    const done = new EventQueue<number>(() => returns.push('done'));
    done.end();
    await readAll(done);
    const failed = new EventQueue<number>(() => returns.push('failed'));
    failed.fail(new Error('broken'));
    await readAll(failed).catch(() => undefined);
    expect(returns).toEqual(['done', 'failed']);
  });

  test('returning while a read waits ends that read', async () => {
    const queue = new EventQueue<number>();
    const reader = queue[Symbol.asyncIterator]();
    const waiting = reader.next();
    await reader.return?.();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});

describe('EventQueue with a listener', () => {
  const noted = () => {
    const seen: number[] = [];
    return { seen, note: (value: number) => void seen.push(value) };
  };

  test('gives what is there, then each value in the turn it comes', async () => {
    const queue = new EventQueue<number>();
    const { seen, note } = noted();
    queue.push(1);
    queue.push(2);
    const reading = queue.forEach(note);
    expect(seen).toEqual([1, 2]);
    queue.push(3);
    expect(seen).toEqual([1, 2, 3]);
    queue.end();
    await reading;
    queue.push(4);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('waits while the listener is busy and counts what is unread', async () => {
    let returns = 0;
    const queue = new EventQueue<number>(() => returns++);
    const seen: number[] = [];
    const gate = Promise.withResolvers<void>();
    const reading = queue.forEach((value) => {
      seen.push(value);
      return value === 1 ? gate.promise : undefined;
    });
    for (const value of [1, 2, 3]) queue.push(value);
    queue.end();
    await Promise.resolve();
    expect([seen, queue.size, returns]).toEqual([[1], 2, 0]);
    gate.resolve();
    await reading;
    expect([seen, queue.size, returns]).toEqual([[1, 2, 3], 0, 1]);
  });

  test('a listener that pushes gets its value after the one it is at', async () => {
    const queue = new EventQueue<number>();
    const seen: number[] = [];
    const reading = queue.forEach((value) => {
      if (value < 3) queue.push(value + 1);
      else queue.end();
      seen.push(value);
      return undefined;
    });
    queue.push(1);
    await reading;
    expect(seen).toEqual([1, 2, 3]);
  });

  test('a failure comes after the values already pushed', async () => {
    const queue = new EventQueue<number>();
    const { seen, note } = noted();
    queue.push(1);
    queue.fail(new Error('broken'));
    await expect(queue.forEach(note)).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });

  test.each(['throws', 'rejects'])('a listener that %s leaves the queue', async (how) => {
    let returns = 0;
    const queue = new EventQueue<number>(() => returns++);
    const reading = queue.forEach(() => {
      if (how === 'throws') throw new Error('enough');
      return Promise.reject(new Error('enough'));
    });
    queue.push(1);
    queue.push(2);
    await expect(reading).rejects.toThrow('enough');
    expect([returns, queue.size]).toEqual([1, 0]);
  });
});

describe('forEachValue', () => {
  test('reads an iterable that knows no listeners, and waits for what the listener promises', async () => {
    const seen: string[] = [];
    async function* source() {
      yield 'a';
      seen.push('between');
      yield 'b';
    }
    await forEachValue(source(), async (value) => {
      await Promise.resolve();
      seen.push(value);
    });
    expect(seen).toEqual(['a', 'between', 'b']);
  });

  test('what the listener throws leaves the iterable', async () => {
    let isLeft = false;
    async function* source() {
      try {
        yield 1;
        yield 2;
      } finally {
        isLeft = true;
      }
    }
    const reading = forEachValue(source(), () => {
      throw new Error('enough');
    });
    await expect(reading).rejects.toThrow('enough');
    expect(isLeft).toBe(true);
  });
});
