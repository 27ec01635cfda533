import type { ByteEdge, Template } from './position-program.ts';

/** Bytes that no position of a grammar tells apart share a class; the automaton's tables have one column a class. */
export class ByteClasses {
  readonly ofByte = new Uint8Array(256);
  /** The byte of a class with only one; -1 for the others. */
  readonly onlyByte: Int16Array;
  readonly count: number;

  constructor(templates: readonly Template[]) {
    const starts = new Uint8Array(257);
    for (const edge of edgesOf(templates)) {
      starts[edge.first] = 1;
      starts[edge.last + 1] = 1;
    }
    let last = 0;
    for (let byte = 1; byte < 256; byte++) this.ofByte[byte] = last += starts[byte] ?? 0;
    this.count = last + 1;
    this.onlyByte = new Int16Array(this.count).fill(-1);
    const sizes = new Uint16Array(this.count);
    for (const [byte, column] of this.ofByte.entries()) {
      sizes[column] = (sizes[column] ?? 0) + 1;
      this.onlyByte[column] = sizes[column] === 1 ? byte : -1;
    }
  }

  /** Rewrites all edges from bytes to classes. */
  apply(templates: readonly Template[]): void {
    for (const template of templates) {
      for (const position of template.positions) {
        if (position.kind !== 'bytes') continue;
        position.edges = position.edges.map(({ first, last, target }) => ({
          first: this.ofByte[first] ?? 0,
          last: this.ofByte[last] ?? 0,
          target,
        }));
      }
    }
  }
}

function* edgesOf(templates: readonly Template[]): Generator<ByteEdge> {
  for (const { positions } of templates) {
    for (const position of positions) if (position.kind === 'bytes') yield* position.edges;
  }
}
