interface RememberedText {
  text: string;
  tokens: Uint32Array;
}

/** Conversations whose tokens are kept; the one not used for longest goes first. */
const keptConversations = 64;
/** Longer ones are tokenised again: keeping them would take more memory than their state is worth. */
const longestText = 4_000_000;

/**
 * The exact tokens of prompts and of the answers behind them. A model may write a text in other tokens than the
 * tokenizer would: told again in the next prompt it must be read as it was written, or its state is lost. It also spares
 * tokenising a long conversation at every turn.
 */
export class PromptMemory {
  /** The latest at the end. */
  #kept: RememberedText[] = [];

  /** `text` is what the tokens say, control tokens by their names. */
  remember(text: string, tokens: Uint32Array): void {
    if (text === '' || text.length > longestText) return;
    this.#kept = this.#kept.filter((known) => known.text !== text);
    this.#kept.push({ text, tokens });
    if (this.#kept.length > keptConversations) this.#kept.shift();
  }

  /**
   * The longest remembered text with which this one begins, where `isBorder` says that the tokenizer would begin anew
   * behind it.
   */
  recall(text: string, isBorder: (rest: string) => boolean): RememberedText | undefined {
    let longest: RememberedText | undefined;
    for (const known of this.#kept) {
      if (known.text.length <= (longest?.text.length ?? 0) || !text.startsWith(known.text)) continue;
      if (isBorder(text.slice(known.text.length))) longest = known;
    }
    return longest;
  }
}
