import { grammarLimits } from './expression.ts';

/** From a position over the bytes `first` to `last` to another position of the same template. */
export interface ByteEdge {
  readonly first: number;
  readonly last: number;
  readonly target: number;
}

/** One position of a template; positions it names lie in the same template. */
export type Position =
  | { readonly kind: 'bytes'; edges: ByteEdge[] }
  | { readonly kind: 'split'; targets: number[] }
  | { readonly kind: 'call'; readonly rule: number; readonly next: number }
  /** The way into a counted part. */
  | { readonly kind: 'count'; readonly part: CountedPart }
  /** The end of one round of a counted part. */
  | { readonly kind: 'again' }
  /** The end of a rule. */
  | { readonly kind: 'return' };

/**
 * `body{min,max}` without writing the body out: round n of the body has the addresses `offset + n * stride` and on,
 * which cost nothing until a text gets there. Two more rounds stand for "far from the end": the one numbered `max` is
 * repeated for ever and never left, `max + 1` is repeated for ever and may be left after each round.
 */
export interface CountedPart {
  readonly min: number;
  readonly max: number;
  /** There is no end: after round `max` (which is also the least) come as many as wanted. */
  readonly isOpen: boolean;
  readonly body: Template;
  readonly entry: number;
  readonly next: number;
  offset: number;
  stride: number;
}

/** Positions that are written once; a counted part's body is a template of its own. */
export class Template {
  readonly positions: Position[] = [];
  readonly parts: CountedPart[] = [];
  /** Number of addresses, those of counted parts included. Known once the template is complete. */
  size = 0;

  add(position: Position): number {
    return this.positions.push(position) - 1;
  }

  complete(): boolean {
    this.size = this.positions.length;
    for (const part of this.parts) {
      part.offset = this.size;
      part.stride = part.body.size;
      this.size += part.stride * (part.max + 2);
    }
    return this.size <= grammarLimits.addresses;
  }
}

/** An address looked up: its position, and the round of a counted part it belongs to. */
export interface Place {
  readonly position: Position;
  /** Address of position 0 of the place's template. */
  readonly base: number;
  readonly round: Round | undefined;
}

interface Round {
  readonly part: CountedPart;
  readonly number: number;
  /** Base of the template that holds the counted part. */
  readonly outerBase: number;
}

/** What a position leads to without reading a byte. */
export interface Closure {
  /** Addresses that wait for a byte. */
  readonly waiting: readonly number[];
  readonly calls: readonly { readonly rule: number; readonly next: number }[];
  /** The rule may end here. */
  readonly returns: boolean;
}

/** Address 0: nothing is left of the rule. */
export const returnAddress = 0;

/** All rules as one graph of addressed positions. Pure data with look-ups; addresses of rounds are made on demand. */
export class PositionProgram {
  readonly #root: Template;
  readonly #isNullable: Uint8Array;
  readonly entries: readonly number[];

  constructor(root: Template, entries: readonly number[], isNullable: Uint8Array) {
    this.#root = root;
    this.entries = entries;
    this.#isNullable = isNullable;
  }

  placeOf(address: number): Place {
    let template = this.#root;
    let base = 0;
    let round: Round | undefined;
    for (;;) {
      const offset = address - base;
      const position = offset < template.positions.length ? template.positions[offset] : undefined;
      if (position) return { position, base, round };
      const part = partAt(template, offset);
      const number = Math.floor((offset - part.offset) / part.stride);
      round = { part, number, outerBase: base };
      base = roundBase(round, number);
      template = part.body;
    }
  }

  /** Every empty way on from an address. A round that read nothing is no round: it would only go in circles. */
  closureOf(address: number): Closure {
    const walk = new ClosureWalk(address);
    for (let next = walk.pop(); next !== undefined; next = walk.pop()) {
      const place = this.placeOf(next);
      this.#visit(next, place, walk);
    }
    return walk;
  }

  /**
   * The address with the counters of its rounds set to "far from the end" where their end is at least `distance` away,
   * and the distance of the nearest end that was left as it is. A distance is in bytes: each round reads at least one,
   * so a token shorter than that cannot tell the difference.
   */
  farAddress(address: number, distance: number): { address: number; horizon: number } {
    const place = this.placeOf(address);
    if (!place.round) return { address, horizon: Infinity };
    const outer = this.farAddress(place.round.outerBase, distance);
    const end = distanceToEnd(place.round);
    const isLeft = end < distance;
    const base = roundBase(
      { ...place.round, outerBase: outer.address },
      isLeft ? place.round.number : farRound(place.round),
    );
    return { address: base + (address - place.base), horizon: Math.min(isLeft ? end : Infinity, outer.horizon) };
  }

  #visit(address: number, { position, base, round }: Place, walk: ClosureWalk): void {
    switch (position.kind) {
      case 'bytes':
        walk.waiting.push(address);
        return;
      case 'split':
        for (const target of position.targets) walk.push(base + target);
        return;
      case 'call':
        walk.calls.push({ rule: position.rule, next: base + position.next });
        if (this.#isNullable[position.rule]) walk.push(base + position.next);
        return;
      case 'count':
        walk.enter({ part: position.part, number: 0, outerBase: base }, 0);
        if (position.part.min === 0) walk.push(base + position.part.next);
        return;
      case 'again':
        if (round && !walk.hasEntered(base)) endRound(round, walk);
        return;
      case 'return':
        walk.returns = true;
        return;
    }
  }
}

class ClosureWalk implements Closure {
  readonly waiting: number[] = [];
  readonly calls: { rule: number; next: number }[] = [];
  returns = false;
  readonly #seen = new Set<number>();
  readonly #entered = new Set<number>();
  readonly #todo: number[] = [];

  constructor(address: number) {
    this.push(address);
  }

  push(address: number): void {
    if (this.#seen.has(address)) return;
    this.#seen.add(address);
    this.#todo.push(address);
  }

  pop(): number | undefined {
    return this.#todo.pop();
  }

  enter(round: Round, number: number): void {
    const base = roundBase(round, number);
    this.#entered.add(base);
    this.push(base + round.part.entry);
  }

  hasEntered(base: number): boolean {
    return this.#entered.has(base);
  }
}

/** Bytes that can be read for certain before the end of a counter is felt. */
function distanceToEnd({ part, number }: Round): number {
  if (number >= part.max) return Infinity;
  if (number + 1 < part.min) return part.min - number;
  return part.isOpen ? Infinity : part.max - number;
}

function farRound({ part, number }: Round): number {
  if (number >= part.max) return number;
  return number + 1 < part.min ? part.max : part.max + 1;
}

function roundBase({ part, outerBase }: Round, number: number): number {
  return outerBase + part.offset + number * part.stride;
}

function endRound(round: Round, walk: ClosureWalk): void {
  const { part, number, outerBase } = round;
  const done = number + 1;
  if (number >= part.max) walk.enter(round, number);
  else if (done < part.max) walk.enter(round, done);
  else if (part.isOpen) walk.enter(round, part.max + 1);
  const mayLeave = number < part.max ? done >= part.min : number > part.max;
  if (mayLeave) walk.push(outerBase + part.next);
}

function partAt(template: Template, offset: number): CountedPart {
  let low = 0;
  let high = template.parts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((template.parts[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle;
  }
  const part = template.parts[low];
  if (!part) throw new RangeError(`No position at ${offset}.`);
  return part;
}
