import { expect, test } from 'vitest';
import { readLibraryBuild } from '#main/engines/index.ts';

test('the build of the library is known without loading it', () => {
  expect(readLibraryBuild()).toBe('llama.cpp v0.5.0 (node-llama-cpp 3.22.1)');
});
