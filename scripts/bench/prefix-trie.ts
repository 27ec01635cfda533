interface Node {
  children: Map<number, Node>;
  /** Written by the model the first time, not told to it. */
  isGenerated: boolean;
}

/** All beginnings of the token rows added so far: what a server that forgets nothing would have computed once. */
export class PrefixTrie {
  readonly #root: Node = { children: new Map(), isGenerated: false };
  #size = 0;

  /** Different beginnings so far: tokens that have to be computed at least once. */
  get size(): number {
    return this.#size;
  }

  /** The tokens from `generatedFrom` on are the model's own. */
  add(tokens: readonly number[], generatedFrom = tokens.length): void {
    let node = this.#root;
    for (const [index, token] of tokens.entries()) {
      let child = node.children.get(token);
      if (!child) {
        child = { children: new Map(), isGenerated: index >= generatedFrom };
        node.children.set(token, child);
        this.#size++;
      }
      node = child;
    }
  }

  /** How many tokens of this row begin an earlier one too. */
  commonLength(tokens: readonly number[]): number {
    let node: Node | undefined = this.#root;
    for (const [index, token] of tokens.entries()) {
      node = node.children.get(token);
      if (!node) return index;
    }
    return tokens.length;
  }

  /** How many of the known tokens from `start` on the model wrote itself. */
  countGenerated(tokens: readonly number[], start: number): number {
    let node: Node | undefined = this.#root;
    let count = 0;
    for (const [index, token] of tokens.entries()) {
      node = node.children.get(token);
      if (!node) break;
      if (node.isGenerated && index >= start) count++;
    }
    return count;
  }
}
