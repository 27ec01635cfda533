import { describe, expect, test } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { describeDeath } from '#main/engines/hosts/child-death.ts';
import { ChildStream } from '#main/engines/hosts/child-stream.ts';
import { CreditGate } from '#main/engines/hosts/credit-gate.ts';
import { EventOutbox } from '#main/engines/hosts/event-outbox.ts';
import { codeOf, collect } from '#test/support/engine-tasks.ts';

const delta = (text: string): GenerationEvent => ({ type: 'text-delta', text, tokens: [1] });

describe('EventOutbox', () => {
  test('sends what all streams said in one turn at once, in order', async () => {
    const sent: string[] = [];
    const outbox = new EventOutbox((lines) => sent.push(lines));
    outbox.push(1, delta('a'));
    outbox.push(2, delta('x'));
    await Promise.resolve();
    outbox.push(1, delta('b'));
    outbox.end(1, 'done');
    expect(sent).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual(['1 1 "a"\n2 1 "x"\n1 1 "b"\n1 done\n']);
    outbox.push(2, delta('y'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toHaveLength(2);
  });
});

describe('CreditGate', () => {
  test('lets the window pass, then waits for more', async () => {
    const gate = new CreditGate(2);
    expect(gate.take()).toBeUndefined();
    const waiting = gate.take();
    let isOpen = false;
    void waiting?.then(() => (isOpen = true));
    await Promise.resolve();
    expect(isOpen).toBe(false);
    gate.add(1);
    await waiting;
    expect(isOpen).toBe(true);
  });

  test('opened, it never waits again', async () => {
    const gate = new CreditGate(1);
    const waiting = gate.take();
    gate.open();
    await waiting;
    for (let count = 0; count < 10_000; count++) expect(gate.take()).toBeUndefined();
  });
});

describe('ChildStream', () => {
  function createStream() {
    const calls: (number | 'left')[] = [];
    const stream = new ChildStream({
      onTaken: (count) => calls.push(count),
      onLeave: () => calls.push('left'),
    });
    return { stream, calls };
  }

  test('grants more in quarters of the window as its reader takes events', async () => {
    const { stream, calls } = createStream();
    for (let count = 0; count < 200; count++) stream.receive(delta('x'));
    stream.end('done');
    expect(await collect(stream)).toHaveLength(200);
    expect(calls).toEqual([64, 64, 64, 'left']);
  });

  test('counts what a listener takes in the same way', async () => {
    const { stream, calls } = createStream();
    const events: GenerationEvent[] = [];
    const ended = stream.forEach((event) => void events.push(event));
    for (let count = 0; count < 200; count++) stream.receive(delta('x'));
    expect([events.length, calls]).toEqual([200, [64, 64, 64]]);
    stream.end('done');
    await ended;
    expect(calls).toEqual([64, 64, 64, 'left']);
  });

  test('throws the typed error it ended with, after its events', async () => {
    const { stream, calls } = createStream();
    const events: GenerationEvent[] = [];
    stream.receive(delta('x'));
    stream.end(new AppError('engine-stalled', 'No step.').toWire());
    expect(await codeOf(collect(stream, events))).toMatchObject({ code: 'engine-stalled', message: 'No step.' });
    expect(events).toEqual([delta('x')]);
    expect(calls).toEqual(['left']);
  });

  test('says so when the reader leaves early', async () => {
    const { stream, calls } = createStream();
    for (const text of ['x', 'y']) stream.receive(delta(text));
    for await (const _ of stream) break;
    expect([calls, stream.isEnded]).toEqual([['left'], false]);
  });
});

describe('the words for a death', () => {
  const death = { modelId: 'm', stage: 'load', code: null, signal: 'SIGABRT', stderrTail: '' } as const;

  test('name model, signal and the last line it wrote', () => {
    const error = describeDeath({ ...death, stderrTail: 'line 1\nGGML_ASSERT(ne >= 1) failed\n' });
    expect(error.message).toBe(
      'The process loading m ended (signal SIGABRT). It last wrote: GGML_ASSERT(ne >= 1) failed',
    );
    expect(error.data).toEqual({ model: 'm', stage: 'load', exitCode: null, signal: 'SIGABRT' });
    expect(error.hint).toContain('Download the file again');
  });

  test('name the exit code and our reason for ending it', () => {
    const error = describeDeath({ ...death, stage: 'run', code: 7, signal: null, reason: 'it stopped answering' });
    expect(error.message).toBe('The process running m ended (exit code 7), because it stopped answering.');
    expect(error.hint).toBe('Send the request again: the engine starts anew.');
    expect(error.data).toMatchObject({ exitCode: 7, signal: null, reason: 'it stopped answering' });
  });
});
