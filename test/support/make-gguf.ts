/** Writers of small GGUF files for tests: the two generated models with other shapes, or any content at all. */
export * from '#scripts/test-models/gguf-writer.ts';
export { writeTinyBert } from '#scripts/test-models/tiny-bert.ts';
export { writeTinyLora } from '#scripts/test-models/tiny-lora.ts';
export { writeTinyRandom } from '#scripts/test-models/tiny-random.ts';
export { writeTinyRecurrent, writeTinySlidingWindow } from '#scripts/test-models/tiny-variants.ts';
