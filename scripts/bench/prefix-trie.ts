interface Node {
  children: Map<number, Node>;
}

/** All beginnings of the token rows added so far: what a server that forgets nothing would have computed once. */
export class PrefixTrie {
  readonly #root: Node = { children: new Map() };
  #size = 0;

  /** Different beginnings so far: tokens that have to be computed at least once. */
  get size(): number {
    return this.#size;
  }

  add(tokens: readonly number[]): void {
    let node = this.#root;
    for (const token of tokens) {
      let child = node.children.get(token);
      if (!child) {
        child = { children: new Map() };
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
}
