import { DescendingOrder } from './descending-order.ts';
import { exponential } from './exponential.ts';
import { everyTokenForbidden } from './sampling-errors.ts';
import type { ScoreAdjustment } from './score-adjustment.ts';
import { findGreatest, TopSelection } from './top-selection.ts';

/** Up to here a heap finds the top; beyond it sorting everything is as fast. */
const largestSelection = 1024;

/**
 * The tokens still in the race for one position, with their scores. It begins as the whole vocabulary, over the
 * caller's scores and without a copy; the first stage that narrows it makes it a list. Its arrays are the workspace of
 * sampling (12 bytes per token of the vocabulary, more when everything must be sorted): one instance per model serves
 * every sampler in turn, because a choice is made without a pause.
 */
export class Candidates {
  readonly vocabularySize: number;
  readonly #ownScores: Float32Array;
  readonly #tokens: Uint32Array;
  readonly #probabilities: Float64Array;
  readonly #top = new TopSelection(largestSelection);
  readonly #order = new DescendingOrder();
  #swapScores = new Float32Array(0);
  #swapTokens = new Uint32Array(0);
  #scores: Float32Array;
  #count = 0;
  #isWhole = false;
  #isSorted = false;

  constructor(vocabularySize: number) {
    this.vocabularySize = vocabularySize;
    this.#ownScores = new Float32Array(vocabularySize);
    this.#tokens = new Uint32Array(vocabularySize);
    this.#probabilities = new Float64Array(vocabularySize);
    this.#scores = this.#ownScores;
  }

  get count(): number {
    return this.#count;
  }

  /** True while the scores are known to fall. */
  get isSorted(): boolean {
    return this.#isSorted;
  }

  /** True while nothing has narrowed the vocabulary: scores are by token id. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  tokenAt(position: number): number {
    return this.#isWhole ? position : (this.#tokens[position] ?? 0);
  }

  scoreAt(position: number): number {
    return this.#scores[position] ?? 0;
  }

  /** As of the last `computeProbabilities`; what moves candidates afterwards does not move these. */
  probabilityAt(position: number): number {
    return this.#probabilities[position] ?? 0;
  }

  /** Starts over with one position's scores, which are only read. */
  begin(scores: Float32Array): void {
    this.#scores = scores;
    this.#count = this.vocabularySize;
    this.#isWhole = true;
    this.#isSorted = false;
  }

  /** Changes the scores of few tokens. The order of the list stays, so it may no longer fall. */
  adjust(adjustment: ScoreAdjustment): void {
    this.#isSorted = false;
    if (this.#isWhole) this.#adjustWhole(adjustment);
    else this.#adjustList(adjustment);
  }

  /** Keeps the tokens whose bit is set. What is forbidden is no candidate any more. */
  restrict(mask: Uint32Array): void {
    const scores = this.#scores;
    const tokens = this.#tokens;
    const own = this.#ownScores;
    const words = Math.min(mask.length, Math.ceil(this.vocabularySize / 32));
    let count = 0;
    for (let word = 0; word < words; word++) {
      for (let bits = mask[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const token = word * 32 + 31 - Math.clz32(bits & -bits);
        if (token >= this.vocabularySize) break;
        tokens[count] = token;
        own[count++] = scores[token] ?? 0;
      }
    }
    this.#becomeList(count);
  }

  /** Position of the highest score, of the lowest token of equals. Throws when every token is forbidden. */
  findGreatest(): number {
    const isKnown = this.#isSorted && this.#count > 0 && this.scoreAt(0) > -Infinity;
    const position = isKnown ? 0 : findGreatest(this.#scores, this.#count);
    if (position < 0) throw everyTokenForbidden();
    return position;
  }

  /** The `wanted` highest scores (at most 1,024) in falling order; nothing is dropped yet. */
  peekTop(wanted: number): Readonly<TopSelection> {
    this.#top.select(this.#scores, this.#count, wanted);
    return this.#top;
  }

  /** Positions of the `wanted` highest scores in falling order; valid until the next call that selects or sorts. */
  rank(wanted: number): Uint32Array {
    const count = Math.min(wanted, this.#count);
    if (count > largestSelection) return this.#order.sort(this.#scores, this.#count).subarray(0, count);
    return this.peekTop(count).positions.subarray(0, count);
  }

  /** Keeps the first ones of the last `peekTop`. */
  keepPeeked(count: number): void {
    const top = this.#top;
    const kept = Math.min(count, top.count);
    // Tokens are read before any is written: a list is compacted in place.
    for (let place = 0; place < kept; place++) {
      top.positions[place] = this.tokenAt(top.positions[place] ?? 0);
    }
    this.#becomeList(kept);
    for (let place = 0; place < kept; place++) {
      this.#tokens[place] = top.positions[place] ?? 0;
      this.#scores[place] = top.scores[place] ?? 0;
    }
    this.#isSorted = true;
  }

  /** Keeps the `wanted` highest scores, in falling order. */
  keepTop(wanted: number): void {
    const kept = Math.min(wanted, this.#count);
    if (!this.#isSorted && kept <= largestSelection) {
      this.peekTop(kept);
      return this.keepPeeked(kept);
    }
    this.sort();
    this.#count = kept;
  }

  sort(): void {
    if (this.#isSorted) return;
    this.makeList();
    this.#arrange(this.#order.sort(this.#scores, this.#count).subarray(0, this.#count));
    this.#isSorted = true;
  }

  /** Keeps the candidates at these positions, in this order, which is no falling one. */
  keepPositions(positions: Uint32Array): void {
    this.#arrange(positions);
    this.#count = positions.length;
    this.#isSorted = false;
  }

  /** What a softmax divides by, without writing the softmax: the sum of e^(score - greatest). */
  sumWeights(): { greatest: number; sum: number } {
    const scores = this.#scores;
    const count = this.#count;
    const greatest = this.scoreAt(this.findGreatest());
    let sum = 0;
    for (let position = 0; position < count; position++) sum += exponential((scores[position] ?? 0) - greatest);
    return { greatest, sum };
  }

  /**
   * Softmax over the candidates. Gives the logarithm of what it divides by: a candidate's surprise in nats is that less
   * its score. Throws when every one is forbidden.
   */
  computeProbabilities(): number {
    this.makeList();
    const scores = this.#scores;
    const probabilities = this.#probabilities;
    const count = this.#count;
    const greatest = this.scoreAt(this.findGreatest());
    let sum = 0;
    for (let position = 0; position < count; position++) {
      const weight = exponential((scores[position] ?? 0) - greatest);
      probabilities[position] = weight;
      sum += weight;
    }
    const scale = 1 / sum;
    for (let position = 0; position < count; position++)
      probabilities[position] = (probabilities[position] ?? 0) * scale;
    return greatest + Math.log(sum);
  }

  /** Keeps the candidates with at least this score, in their order. */
  keepFrom(lowest: number): void {
    const scores = this.#scores;
    const own = this.#ownScores;
    const tokens = this.#tokens;
    const count = this.#count;
    const isWhole = this.#isWhole;
    let kept = 0;
    for (let position = 0; position < count; position++) {
      const score = scores[position] ?? 0;
      if (score < lowest) continue;
      tokens[kept] = isWhole ? position : (tokens[position] ?? 0);
      own[kept++] = score;
    }
    const wasSorted = this.#isSorted;
    this.#becomeList(kept);
    this.#isSorted = wasSorted;
  }

  /** Gives every score below this one up, without removing its token. */
  forbidBelow(lowest: number): void {
    this.#own();
    const scores = this.#scores;
    const count = this.#count;
    for (let position = 0; position < count; position++) {
      if ((scores[position] ?? 0) < lowest) scores[position] = -Infinity;
    }
  }

  divideScores(divisor: number): void {
    this.#own();
    const scores = this.#scores;
    const count = this.#count;
    for (let position = 0; position < count; position++) scores[position] = (scores[position] ?? 0) / divisor;
  }

  /** Keeps the first `count`. */
  keepFirst(count: number): void {
    this.makeList();
    this.#count = Math.min(count, this.#count);
  }

  dropFirst(dropped: number): void {
    this.makeList();
    this.#scores.copyWithin(0, dropped, this.#count);
    this.#tokens.copyWithin(0, dropped, this.#count);
    this.#count -= dropped;
  }

  keepOnly(position: number): void {
    const token = this.tokenAt(position);
    const score = this.scoreAt(position);
    this.#becomeList(1);
    this.#tokens[0] = token;
    this.#ownScores[0] = score;
    this.#probabilities[0] = 1;
    this.#isSorted = true;
  }

  /** Writes the whole vocabulary out as a list; stages that need every candidate do. */
  makeList(): void {
    if (!this.#isWhole) return;
    // Sorting and sums would hide a score that is no number; this search does not.
    findGreatest(this.#scores, this.#count);
    this.#own();
    const tokens = this.#tokens;
    for (let token = 0; token < tokens.length; token++) tokens[token] = token;
    this.#isWhole = false;
  }

  #own(): void {
    if (this.#scores === this.#ownScores) return;
    this.#ownScores.set(this.#scores);
    this.#scores = this.#ownScores;
  }

  #becomeList(count: number): void {
    this.#scores = this.#ownScores;
    this.#count = count;
    this.#isWhole = false;
    this.#isSorted = false;
  }

  #adjustWhole(adjustment: ScoreAdjustment): void {
    this.#own();
    const scores = this.#scores;
    for (let slot = 0; slot < adjustment.count; slot++) {
      const token = adjustment.tokenAt(slot);
      scores[token] = adjustment.adjust(slot, scores[token] ?? 0);
    }
  }

  #adjustList(adjustment: ScoreAdjustment): void {
    for (let position = 0; position < this.#count; position++) {
      const slot = adjustment.slotOf(this.#tokens[position] ?? 0);
      if (slot === undefined) continue;
      this.#scores[position] = adjustment.adjust(slot, this.#scores[position] ?? 0);
    }
  }

  /** Puts the scores and tokens of these positions first, in their order. */
  #arrange(positions: Uint32Array): void {
    const count = this.#count;
    if (this.#swapScores.length < count) {
      this.#swapScores = new Float32Array(this.vocabularySize);
      this.#swapTokens = new Uint32Array(this.vocabularySize);
    }
    const fromScores = this.#swapScores;
    const fromTokens = this.#swapTokens;
    const scores = this.#scores;
    const tokens = this.#tokens;
    fromScores.set(scores.subarray(0, count));
    fromTokens.set(tokens.subarray(0, count));
    for (let place = 0; place < positions.length; place++) {
      const position = positions[place] ?? 0;
      scores[place] = fromScores[position] ?? 0;
      tokens[place] = fromTokens[position] ?? 0;
    }
  }
}
