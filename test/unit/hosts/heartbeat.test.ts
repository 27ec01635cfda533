import { describe, expect, test } from 'vitest';
import { defaultHeartbeat, Heartbeat } from '#main/engines/hosts/heartbeat.ts';
import { FakeClock } from '#test/support/fake-clock.ts';

function start() {
  const clock = new FakeClock();
  const seen = { pings: 0, silences: 0 };
  const heartbeat = new Heartbeat({
    ...defaultHeartbeat,
    clock,
    ping: () => seen.pings++,
    onSilence: () => seen.silences++,
  });
  return { clock, seen, heartbeat };
}

describe('heartbeat', () => {
  test('a child that stops right after an answer is noticed after ten seconds', async () => {
    const { clock, seen } = start();
    await clock.advance(9999);
    expect(seen).toEqual({ pings: 4, silences: 0 });
    await clock.advance(1);
    expect(seen).toEqual({ pings: 4, silences: 1 });
    expect(clock.timerCount).toBe(0);
  });

  test('any message is a sign of life', async () => {
    const { clock, seen, heartbeat } = start();
    for (let second = 0; second < 60; second += 6) {
      await clock.advance(6000);
      heartbeat.heard();
    }
    expect(seen.silences).toBe(0);
  });

  test('a machine that slept for an hour asks again before it judges', async () => {
    const { clock, seen, heartbeat } = start();
    await clock.advance(1999);
    clock.skip(3_600_000);
    await clock.advance(1);
    expect(seen).toEqual({ pings: 1, silences: 0 });
    heartbeat.heard();
    await clock.advance(8000);
    expect(seen.silences).toBe(0);
  });

  test('stopped, it asks no more', async () => {
    const { clock, seen, heartbeat } = start();
    heartbeat.stop();
    await clock.advance(60_000);
    expect(seen).toEqual({ pings: 0, silences: 0 });
  });
});
