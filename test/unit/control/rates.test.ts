import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { coalesce } from '#main/api/control/coalesce.ts';
import { mergeTextDeltas } from '#main/api/control/merge-text-deltas.ts';
import { tailLog } from '#main/api/control/tail-log.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';

describe('changes of a signal', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('pass at once, then at most once an interval, and the last one always', () => {
    const times: number[] = [];
    const startedAt = Date.now();
    const { changed } = coalesce(() => times.push(Date.now() - startedAt), 250);
    changed();
    vi.advanceTimersByTime(100);
    changed();
    changed();
    vi.advanceTimersByTime(1000);
    expect(times).toEqual([0, 250]);
    changed();
    expect(times).toEqual([0, 250, 1100]);
    for (let step = 0; step < 100; step++) {
      vi.advanceTimersByTime(10);
      changed();
    }
    vi.advanceTimersByTime(1000);
    expect(times).toEqual([0, 250, 1100, 1350, 1600, 1850, 2100, 2350]);
  });

  test('come no more after stop, and no timer stays', () => {
    let calls = 0;
    const { changed, stop } = coalesce(() => (calls += 1), 250);
    changed();
    changed();
    stop();
    vi.advanceTimersByTime(1000);
    expect(calls).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('text for a window', () => {
  const start: GenerationEvent = { type: 'start', model: 'alpha', promptTokens: 1, contextSize: 64, seed: 1 };
  const delta = (token: number): GenerationEvent => ({ type: 'text-delta', text: `<${token}>`, tokens: [token] });
  const finish: GenerationEvent = {
    type: 'finish',
    reason: 'stop',
    rawReason: 'eog',
    usage: { promptTokens: 1, cachedTokens: 0, completionTokens: 3 },
    timings: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
  };
  const never = () => new AbortController().signal;

  async function* from(events: GenerationEvent[]): AsyncGenerator<GenerationEvent> {
    yield* events;
  }

  test('is joined within a frame; order, text and tokens stay', async () => {
    const deltas = Array.from({ length: 500 }, (_, token) => delta(token));
    const merged: GenerationEvent[] = [];
    const events = [start, ...deltas, finish];
    for await (const event of mergeTextDeltas(() => from(events), { abort: never() })) merged.push(event);
    expect([merged[0], merged.at(-1)]).toEqual([start, finish]);
    const texts = merged.filter((event) => event.type === 'text-delta');
    expect(texts.length).toBeLessThan(20);
    expect(texts.flatMap(({ tokens }) => tokens)).toEqual(Array.from({ length: 500 }, (_, token) => token));
    expect(texts.map(({ text }) => text).join('')).toBe(deltas.map((_, token) => `<${token}>`).join(''));
    expect(deltas[0]).toEqual({ type: 'text-delta', text: '<0>', tokens: [0] });
  });

  test('is not joined with thinking, nor with text whose tokens have probabilities', async () => {
    const thought = (token: number): GenerationEvent => ({
      type: 'reasoning-delta',
      text: `(${token})`,
      tokens: [token],
    });
    const rated: GenerationEvent = {
      type: 'text-delta',
      text: '<5>',
      tokens: [5],
      probabilities: [{ token: 5, bytes: [5], logprob: -1, top: [] }],
    };
    const merged: GenerationEvent[] = [];
    const events = [start, thought(1), thought(2), thought(3), delta(4), rated, delta(6), delta(7), finish];
    for await (const event of mergeTextDeltas(() => from(events), { abort: never() })) merged.push(event);
    const written = merged.flatMap((event) =>
      event.type === 'reasoning-delta' || event.type === 'text-delta' ? [event.text] : [],
    );
    expect(written.join('')).toBe('(1)(2)(3)<4><5><6><7>');
    expect(written).toContain('<4>');
    expect(written.filter((text) => text.includes('(') && text.includes('<'))).toEqual([]);
    expect(merged).toContainEqual(rated);
  });

  test('does not wait for more text: the first comes before the second exists', async () => {
    const second = Promise.withResolvers<undefined>();
    async function* slow(): AsyncGenerator<GenerationEvent> {
      yield delta(1);
      await second.promise;
      yield delta(2);
    }
    const seen: GenerationEvent[] = [];
    for await (const event of mergeTextDeltas(slow, { abort: never() })) {
      seen.push(event);
      second.resolve(undefined);
    }
    expect(seen).toEqual([delta(1), delta(2)]);
  });

  test('comes before the error that follows it', async () => {
    async function* failing(): AsyncGenerator<GenerationEvent> {
      yield delta(1);
      yield delta(2);
      throw new AppError('engine-crashed', 'It died.');
    }
    const seen: number[] = [];
    const reading = (async () => {
      for await (const event of mergeTextDeltas(failing, { abort: never() })) {
        if (event.type === 'text-delta') seen.push(...event.tokens);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'engine-crashed' });
    expect(seen).toEqual([1, 2]);
  });

  test('ends the work when the reader leaves, even in the middle of a wait', async () => {
    let ended = false;
    async function* waiting(abort: AbortSignal): AsyncGenerator<GenerationEvent> {
      try {
        yield delta(1);
        await new Promise((resolve) => abort.addEventListener('abort', resolve, { once: true }));
      } finally {
        ended = true;
      }
    }
    for await (const event of mergeTextDeltas(waiting, { abort: never() })) {
      expect(event).toEqual(delta(1));
      break;
    }
    expect(ended).toBe(true);
  });
});

describe('the live log', () => {
  test('drops the oldest entries when its reader is slow, never the newest', async () => {
    const app = new FakeControlApp();
    const abort = new AbortController();
    const tail = tailLog(app.logFeed, { backlog: 0, abort: abort.signal });
    const first = tail.next();
    app.log('first');
    expect((await first).value?.map(({ message }) => message)).toEqual(['first']);
    for (let index = 0; index < 1500; index++) app.log(String(index));
    const batch = (await tail.next()).value;
    expect([batch?.length, batch?.[0]?.message, batch?.at(-1)?.message]).toEqual([1000, '500', '1499']);
    abort.abort();
    expect(await tail.next()).toEqual({ done: true, value: undefined });
    expect(app.logged.listenerCount).toBe(0);
  });
});
