import { expect, test } from 'vitest';
import { PromptMemory } from '#main/engines/llama-cpp/prompt-memory.ts';

const anywhere = () => true;
const tokens = (...ids: number[]) => Uint32Array.from(ids);

test('a text is recalled by the longest beginning that was remembered', () => {
  const memory = new PromptMemory();
  memory.remember('<a>one', tokens(1, 2));
  memory.remember('<a>one<b>two', tokens(1, 2, 3, 4));
  memory.remember('<a>on', tokens(9));
  expect(memory.recall('<a>one<b>two<c>three', anywhere)?.tokens).toEqual(tokens(1, 2, 3, 4));
  expect(memory.recall('<a>one<b>other', anywhere)?.tokens).toEqual(tokens(1, 2));
  expect(memory.recall('<b>', anywhere)).toBeUndefined();
});

test('only where the tokenizer would begin anew behind it', () => {
  const memory = new PromptMemory();
  memory.remember('<a>one', tokens(1, 2));
  memory.remember('<a>', tokens(1));
  const atMarkers = (rest: string) => rest === '' || rest.startsWith('<');
  expect(memory.recall('<a>oneself', atMarkers)).toBeUndefined();
  expect(memory.recall('<a>one<b>', atMarkers)?.tokens).toEqual(tokens(1, 2));
});

test('the latest sixty-four are kept, and no text of many megabytes', () => {
  const memory = new PromptMemory();
  for (let index = 0; index < 70; index++) memory.remember(`<${index}>`, tokens(index));
  expect(memory.recall('<5>', anywhere)).toBeUndefined();
  expect(memory.recall('<6>', anywhere)?.tokens).toEqual(tokens(6));
  memory.remember('x'.repeat(4_000_001), tokens(1));
  expect(memory.recall('x'.repeat(4_000_001), anywhere)).toBeUndefined();
});
