/** How many tokens at the beginning are the same. */
export function countCommon(left: Uint32Array, right: Uint32Array): number {
  const limit = Math.min(left.length, right.length);
  let index = 0;
  while (index < limit && left[index] === right[index]) index++;
  return index;
}
