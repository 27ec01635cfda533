import { describe, expect, test } from 'vitest';
import { planEviction, type EvictionCandidate } from '#main/engines/llama-cpp/kv-cache/eviction.ts';

const minute = 60_000;
const nowMs = 1000 * minute;

function file(key: string, parent: string, from: number, minutesAgo: number): EvictionCandidate {
  return { key, parent, from, bytes: 10, lastUsedMs: nowMs - minutesAgo * minute, isShared: false };
}

const evict = (candidates: EvictionCandidate[], budgetBytes: number): string[] =>
  planEviction(candidates, { budgetBytes, maxCount: 100, nowMs });

describe('what leaves when room is needed', () => {
  test('nothing while the budget holds', () => {
    expect(evict([file('a', 'root', 0, 5)], 10)).toEqual([]);
  });

  test('the conversation used longest ago, its end first', () => {
    const files = [
      file('a1', 'root', 0, 9),
      file('a2', 'a1', 256, 9),
      file('b1', 'root', 0, 5),
      file('b2', 'b1', 256, 5),
    ];
    expect(evict(files, 30)).toEqual(['a2']);
    expect(evict(files, 20)).toEqual(['a2', 'a1']);
    expect(evict(files, 10)).toEqual(['a2', 'a1', 'b2']);
  });

  test('a beginning that two conversations share stays longer than newer ends', () => {
    const shared = [
      file('s1', 'root', 0, 20),
      file('s2', 's1', 256, 20),
      file('x', 's2', 512, 20),
      file('y', 's2', 512, 20),
    ];
    const files = [...shared, file('b1', 'root', 0, 5), file('b2', 'b1', 256, 5)];
    expect(evict(files, 20)).toEqual(['x', 'y', 'b2', 'b1']);
  });

  test('a beginning that was shared once counts as shared when its conversations are gone', () => {
    const files = [{ ...file('s', 'root', 0, 20), isShared: true }, file('b', 'root', 0, 5), file('c', 'root', 0, 2)];
    expect(evict(files, 20)).toEqual(['b']);
  });

  test('a shared beginning nobody uses any more leaves in the end', () => {
    const shared = [file('s', 'root', 0, 100), file('x', 's', 256, 100), file('y', 's', 256, 100)];
    expect(evict([...shared, file('b', 'root', 0, 5)], 10)).toEqual(['x', 'y', 's']);
  });

  test('a beginning is as young as what was used behind it', () => {
    const files = [file('a1', 'root', 0, 50), file('a2', 'a1', 256, 1), file('b', 'root', 0, 5)];
    expect(evict(files, 20)).toEqual(['b']);
  });

  test('what nothing leads to leaves first', () => {
    expect(evict([file('a', 'root', 0, 50), file('lost', 'gone', 512, 0)], 10)).toEqual(['lost']);
  });

  test('the number of files has a limit too', () => {
    const files = Array.from({ length: 120 }, (_, index) => file(`f${index}`, 'root', 0, index));
    expect(evict(files, 10_000)).toHaveLength(20);
  });
});
