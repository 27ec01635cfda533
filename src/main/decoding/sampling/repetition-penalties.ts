import type { PenaltySettings } from './sampler-settings.ts';
import { toFinite, type ScoreAdjustment } from './score-adjustment.ts';
import { TokenWindow } from './token-window.ts';

/** Counts the tokens of the window as they come and go, so that a choice costs only as much as there are of them. */
export class RepetitionPenalties implements ScoreAdjustment {
  readonly #settings: PenaltySettings;
  #window: TokenWindow;
  #slots = new Map<number, number>();
  #tokens: number[] = [];
  #counts: number[] = [];

  constructor(settings: PenaltySettings) {
    this.#settings = settings;
    this.#window = new TokenWindow(settings.lastTokens);
  }

  static isNeutral({ repeat, frequency, presence, lastTokens }: PenaltySettings): boolean {
    return lastTokens === 0 || (repeat === 1 && frequency === 0 && presence === 0);
  }

  get count(): number {
    return this.#tokens.length;
  }

  tokenAt(slot: number): number {
    return this.#tokens[slot] ?? 0;
  }

  slotOf(token: number): number | undefined {
    return this.#slots.get(token);
  }

  adjust(slot: number, score: number): number {
    if (score === -Infinity) return score;
    const { repeat, frequency, presence } = this.#settings;
    const repeated = score <= 0 ? score * repeat : score / repeat;
    return toFinite(repeated - (this.#counts[slot] ?? 0) * frequency - presence);
  }

  accept(token: number): void {
    this.#add(token);
    const dropped = this.#window.push(token);
    if (dropped !== undefined) this.#remove(dropped);
  }

  clone(): RepetitionPenalties {
    const copy = new RepetitionPenalties(this.#settings);
    copy.#window = this.#window.clone();
    copy.#slots = new Map(this.#slots);
    copy.#tokens = this.#tokens.slice();
    copy.#counts = this.#counts.slice();
    return copy;
  }

  #add(token: number): void {
    const slot = this.#slots.get(token) ?? this.#tokens.length;
    if (slot === this.#tokens.length) {
      this.#slots.set(token, slot);
      this.#tokens.push(token);
      this.#counts.push(0);
    }
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** The last slot takes the place of one that is empty. */
  #remove(token: number): void {
    const slot = this.#slots.get(token);
    if (slot === undefined) return;
    const left = (this.#counts[slot] ?? 0) - 1;
    this.#counts[slot] = left;
    if (left > 0) return;
    this.#slots.delete(token);
    const lastToken = this.#tokens.pop() ?? token;
    const lastCount = this.#counts.pop() ?? 0;
    if (lastToken === token) return;
    this.#tokens[slot] = lastToken;
    this.#counts[slot] = lastCount;
    this.#slots.set(lastToken, slot);
  }
}
