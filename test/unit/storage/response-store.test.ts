import { onTestFinished, expect, test } from 'vitest';
import { openDatabase, openResponseStore, type StoredResponse } from '#main/storage/index.ts';

const text = (id: string, previousId: string | null = null, input: unknown[] = ['hi']): StoredResponse => ({
  id,
  previousId,
  input,
  response: { id, output: [] },
});

function openStore(options: { keepMs?: number; maxBytes?: number } = {}) {
  const database = openDatabase({ file: ':memory:', logger: { warn: () => undefined } });
  onTestFinished(() => database.close());
  const clock = { ms: 1_000 };
  return { clock, store: openResponseStore({ database, now: () => clock.ms, ...options }) };
}

test('a conversation is read from its first answer on, and is gone when one of it is removed', () => {
  const { store } = openStore();
  store.put(text('a'));
  store.put(text('b', 'a', [{ type: 'message', content: 'Grüße' }]));
  store.put(text('c', 'b'));
  expect(store.conversation('c')?.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(store.get('b')).toEqual(text('b', 'a', [{ type: 'message', content: 'Grüße' }]));
  expect(store.remove('b')).toBe(true);
  expect(store.remove('b')).toBe(false);
  expect(store.conversation('c')).toBeUndefined();
  expect(store.conversation('a')?.map(({ id }) => id)).toEqual(['a']);
  expect(store.get('nobody')).toBeUndefined();
});

test('what was not used for long goes; a conversation that goes on stays as a whole', () => {
  const { store, clock } = openStore({ keepMs: 100, maxBytes: 10_000 });
  store.put(text('old'));
  store.put(text('first'));
  clock.ms += 90;
  store.conversation('first');
  store.put(text('second', 'first', ['x'.repeat(1_000)]));
  clock.ms += 20;
  store.put(text('third', null, ['x'.repeat(1_000)]));
  expect(store.get('old')).toBeUndefined();
  expect(store.conversation('second')).toHaveLength(2);
});

test('beyond the space there is, the least recently used go first', () => {
  const { store, clock } = openStore({ maxBytes: 3_000 });
  for (const id of ['a', 'b', 'c', 'd']) {
    clock.ms += 1;
    store.put(text(id, null, ['x'.repeat(900)]));
    clock.ms += 1;
    if (id === 'b') store.conversation('a');
  }
  expect(['a', 'b', 'c', 'd'].filter((id) => store.get(id) !== undefined)).toEqual(['c', 'd', 'a'].sort());
});

test('all of them are forgotten on request', () => {
  const { store } = openStore();
  store.put(text('a'));
  store.clear();
  expect(store.get('a')).toBeUndefined();
});
