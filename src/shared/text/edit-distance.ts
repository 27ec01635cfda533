/** How many letters must be added, removed, changed or swapped with their neighbour. */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const changed = left[row - 1] === right[column - 1] ? 0 : 1;
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const swapped = isSwap ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity;
      const [above = 0, diagonal = 0, before = 0] = [last[column], last[column - 1], current[column - 1]];
      current.push(Math.min(above + 1, before + 1, diagonal + changed, swapped));
    }
    [beforeLast, last] = [last, current];
  }
  return last[right.length] ?? 0;
}
