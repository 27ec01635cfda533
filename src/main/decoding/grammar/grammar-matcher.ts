import { dead, type Grammar, type GrammarState } from './grammar.ts';

/** Forced texts longer than this are found in several pieces. */
const longestForced = 4_096;

/** A place in a text that a grammar reads byte by byte. Copies are cheap; everything found is shared through the grammar. */
export class GrammarMatcher {
  readonly grammar: Grammar;
  #state: GrammarState;

  constructor(grammar: Grammar, state: GrammarState = grammar.start()) {
    this.grammar = grammar;
    this.#state = state;
  }

  clone(): GrammarMatcher {
    return new GrammarMatcher(this.grammar, this.#state);
  }

  /** Equal states have equal futures; it is only good until the next call that moves a matcher of this grammar. */
  get state(): GrammarState {
    return (this.#state = this.grammar.adopt(this.#state));
  }

  /** The text may end here. */
  get canEnd(): boolean {
    return this.#state.canEnd;
  }

  /** The text must end here. */
  get mustEnd(): boolean {
    return this.#state.items.length === 0;
  }

  /** Reads the bytes, or answers false and stays where it was. */
  accept(bytes: Uint8Array): boolean {
    const next = this.#after(bytes);
    if (next === dead) return false;
    this.#state = this.grammar.stateOf(next);
    return true;
  }

  /** Whether `accept` would read the bytes. */
  allows(bytes: Uint8Array): boolean {
    return this.#after(bytes) !== dead;
  }

  /** The bytes that have to come next, up to where there is a choice or the text may end. */
  forcedBytes(): Uint8Array {
    const { grammar } = this;
    const bytes: number[] = [];
    let state = this.state;
    while (!state.canEnd && bytes.length < longestForced) {
      const byte = grammar.onlyByte(state);
      if (byte === -1) break;
      bytes.push(byte);
      state = grammar.stateOf(grammar.next(state.index, grammar.classes.ofByte[byte] ?? 0));
    }
    return Uint8Array.from(bytes);
  }

  #after(bytes: Uint8Array): number {
    const { grammar } = this;
    const { ofByte } = grammar.classes;
    let index = this.state.index;
    for (const byte of bytes) {
      index = grammar.next(index, ofByte[byte] ?? 0);
      if (index === dead) return dead;
    }
    return index;
  }
}
