import { expect, test } from 'vitest';
import { estimateGgufMemory } from '#main/formats/index.ts';

const smol = { kvBytesPerToken: 23_040, vocabularySize: 49_152, embeddingSize: 576 };
const tiny = { kvBytesPerToken: 256, vocabularySize: 512, embeddingSize: 64 };

test('adds weights, cache and buffers', () => {
  expect(estimateGgufMemory({ facts: smol, sizeBytes: 1000, contextSize: 500, slots: 2, batchSize: 1 })).toEqual({
    weightBytes: 1000,
    kvBytes: 512 * 2 * 23_040,
    computeBytes: (49_152 + 2 * 576) * 4,
    totalBytes: 1000 + 512 * 2 * 23_040 + (49_152 + 2 * 576) * 4,
  });
});

/** Context memory as node-llama-cpp 3.22.1 reports it after the load of SmolLM2 Q4_1 and of a 2-layer random model. */
test.each([
  [smol, 512, 1, 512, 114_821_120],
  [smol, 2048, 1, 512, 154_679_296],
  [smol, 8192, 1, 512, 291_768_320],
  [smol, 8192, 4, 512, 857_999_360],
  [smol, 2048, 1, 128, 74_059_264],
  [smol, 4096, 2, 512, 291_768_320],
  [tiny, 8192, 1, 512, 11_548_672],
  [tiny, 8192, 4, 512, 17_840_128],
])(
  'is within 5 %% of the library: %o, context %i, %i slots, batch %i',
  (facts, contextSize, slots, batchSize, measured) => {
    const { totalBytes } = estimateGgufMemory({ facts, sizeBytes: 0, contextSize, slots, batchSize });
    expect(Math.abs(totalBytes / measured - 1)).toBeLessThan(0.05);
  },
);

test('takes a common model’s cache where the header does not tell', () => {
  const facts = { kvBytesPerToken: null, vocabularySize: null, embeddingSize: null };
  expect(estimateGgufMemory({ facts, sizeBytes: 0, contextSize: 1024, slots: 1 }).kvBytes).toBe(1024 * 131_072);
});
