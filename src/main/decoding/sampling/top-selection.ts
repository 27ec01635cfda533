import { scoreNotFinite } from './sampling-errors.ts';

/**
 * Finds the greatest k of many scores in one pass: a heap of the k best so far, whose root is the worst of them. Equal
 * scores: the earlier position is the better one. A score that is NaN or +Infinity throws; -Infinity is a forbidden
 * token. The arrays are reused, so one instance serves one selection at a time.
 */
export class TopSelection {
  readonly scores: Float32Array;
  readonly positions: Uint32Array;
  count = 0;

  constructor(capacity: number) {
    this.scores = new Float32Array(capacity);
    this.positions = new Uint32Array(capacity);
  }

  get capacity(): number {
    return this.scores.length;
  }

  /** The best `wanted` of the first `length` scores, in descending order. */
  select(from: Float32Array, length: number, wanted: number): void {
    this.count = 0;
    const filled = Math.min(wanted, this.capacity, length);
    for (let position = 0; position < filled; position++) this.#add(from[position] ?? 0, position);
    if (filled > 0) this.#scan(from, filled, length);
    this.#sortDescending();
  }

  /** Eight scores per comparison chain: almost all of them are below the worst of the best. */
  #scan(from: Float32Array, start: number, length: number): void {
    let worst = this.scores[0] ?? 0;
    let position = start;
    for (const end = length - 7; position < end; position += 8) {
      const isUseless = areBelow(from, position, worst) && areBelow(from, position + 4, worst);
      if (!isUseless) worst = this.#offer(from, position, position + 8);
    }
    this.#offer(from, position, length);
  }

  #offer(from: Float32Array, start: number, end: number): number {
    let worst = this.scores[0] ?? 0;
    for (let position = start; position < end; position++) {
      const score = from[position] ?? 0;
      if (score <= worst) continue;
      requireScore(score, position);
      this.#sink(score, position, this.count);
      worst = this.scores[0] ?? 0;
    }
    return worst;
  }

  #add(score: number, position: number): void {
    requireScore(score, position);
    const { scores, positions } = this;
    let place = this.count++;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      // A later position is worse than an equal one already here, so it rises past equals.
      if ((scores[parent] ?? 0) < score) break;
      scores[place] = scores[parent] ?? 0;
      positions[place] = positions[parent] ?? 0;
      place = parent;
    }
    scores[place] = score;
    positions[place] = position;
  }

  /** Puts an entry at the root of the heap's first `count` places and lets it sink to where it belongs. */
  #sink(score: number, position: number, count: number): void {
    const { scores, positions } = this;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#isWorse(child + 1, scores[child] ?? 0, positions[child] ?? 0)) child++;
      if (!this.#isWorse(child, score, position)) break;
      scores[place] = scores[child] ?? 0;
      positions[place] = positions[child] ?? 0;
      place = child;
    }
    scores[place] = score;
    positions[place] = position;
  }

  #isWorse(place: number, score: number, position: number): boolean {
    const own = this.scores[place] ?? 0;
    return own < score || (own === score && (this.positions[place] ?? 0) > position);
  }

  #sortDescending(): void {
    const { scores, positions } = this;
    for (let last = this.count - 1; last > 0; last--) {
      const score = scores[last] ?? 0;
      const position = positions[last] ?? 0;
      scores[last] = scores[0] ?? 0;
      positions[last] = positions[0] ?? 0;
      this.#sink(score, position, last);
    }
  }
}

/** Four scores, none of them above the limit. False also for one that is no number. */
function areBelow(from: Float32Array, position: number, limit: number): boolean {
  return (
    (from[position] ?? 0) <= limit &&
    (from[position + 1] ?? 0) <= limit &&
    (from[position + 2] ?? 0) <= limit &&
    (from[position + 3] ?? 0) <= limit
  );
}

/** Position of the greatest of the first `length` scores, the first one of equals. -1 when there is none. */
export function findGreatest(from: Float32Array, length: number): number {
  let greatest = -1;
  let score = -Infinity;
  let position = 0;
  for (const end = length - 7; position < end; position += 8) {
    if (areBelow(from, position, score) && areBelow(from, position + 4, score)) continue;
    greatest = findGreater(from, { start: position, end: position + 8, greatest });
    score = greatest < 0 ? -Infinity : (from[greatest] ?? -Infinity);
  }
  return findGreater(from, { start: position, end: length, greatest });
}

interface Span {
  start: number;
  end: number;
  greatest: number;
}

function findGreater(from: Float32Array, { start, end, greatest }: Span): number {
  let best = greatest;
  let score = best < 0 ? -Infinity : (from[best] ?? -Infinity);
  for (let position = start; position < end; position++) {
    const own = from[position] ?? 0;
    if (own <= score) continue;
    requireScore(own, position);
    best = position;
    score = own;
  }
  return best;
}

function requireScore(score: number, position: number): void {
  if (!(score < Infinity)) throw scoreNotFinite(position, score);
}
