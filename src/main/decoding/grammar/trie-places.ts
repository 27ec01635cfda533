/**
 * The nodes of a trie in the order of a walk, four numbers each, so that one look into memory serves a step: the first
 * node behind the subtree, the first token in the order of bytes, depth and longest depth, the byte.
 */
export type TriePlaces = Uint32Array;

const stride = 4;

export function createPlaces(nodes: number): TriePlaces {
  return new Uint32Array(stride * (nodes + 1));
}

export function endOf(places: TriePlaces, node: number): number {
  return places[stride * node] ?? 0;
}

export function firstOf(places: TriePlaces, node: number): number {
  return places[stride * node + 1] ?? 0;
}

export function depthOf(places: TriePlaces, node: number): number {
  return (places[stride * node + 2] ?? 0) & 0xffff;
}

/** Length of the longest token in the subtree. */
export function longestOf(places: TriePlaces, node: number): number {
  return (places[stride * node + 2] ?? 0) >>> 16;
}

export function byteOf(places: TriePlaces, node: number): number {
  return places[stride * node + 3] ?? 0;
}

export function setEnd(places: TriePlaces, node: number, end: number): void {
  places[stride * node] = end;
}

export function setFirst(places: TriePlaces, node: number, first: number): void {
  places[stride * node + 1] = first;
}

export function setDepths(
  places: TriePlaces,
  node: number,
  { depth, longest }: { depth: number; longest: number },
): void {
  places[stride * node + 2] = ((longest << 16) | depth) >>> 0;
}

export function setByte(places: TriePlaces, node: number, byte: number): void {
  places[stride * node + 3] = byte;
}
