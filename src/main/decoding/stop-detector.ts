interface StopNode {
  /** UTF-16 units of the stop text's beginning that this node stands for. */
  readonly depth: number;
  readonly next: Map<number, StopNode>;
  /** Node of the longest proper suffix that also begins a stop text. */
  fallback: StopNode | undefined;
  /** The longest stop text that ends at this node. */
  stop: string | undefined;
}

export interface StopDetectorOutput {
  /** Text that can no longer become part of a stop text. */
  text: string;
  /** The stop text that was reached; it and everything after it is dropped. */
  stop?: string;
}

/**
 * Finds the first of many stop texts in text that arrives in pieces (Aho-Corasick over code points). Holds back only
 * the longest end that could still become a stop text. "First" is the one that ends first; of those, the longest.
 * Pieces must be whole code points. Cost: linear in the text, independent of the number of stop texts.
 */
export class StopDetector {
  readonly #root: StopNode;
  #node: StopNode;
  #held = '';

  constructor(stops: readonly string[]) {
    this.#root = buildAutomaton(stops);
    this.#node = this.#root;
  }

  /** UTF-16 units held back because they may be the beginning of a stop text. */
  get heldLength(): number {
    return this.#held.length;
  }

  push(piece: string): StopDetectorOutput {
    if (this.#root.next.size === 0) return { text: piece };
    const text = this.#held + piece;
    let index = this.#held.length;
    while (index < text.length) {
      const codePoint = text.codePointAt(index) ?? 0;
      index += codePoint > 0xffff ? 2 : 1;
      this.#node = step(this.#node, codePoint);
      if (this.#node.stop !== undefined) return this.#finish(text.slice(0, index), this.#node.stop);
    }
    this.#held = text.slice(text.length - this.#node.depth);
    return { text: text.slice(0, text.length - this.#node.depth) };
  }

  /** The text still held back, once it is certain that nothing follows. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    this.#node = this.#root;
    return text;
  }

  #finish(text: string, stop: string): StopDetectorOutput {
    this.flush();
    return { text: text.slice(0, text.length - stop.length), stop };
  }
}

function step(from: StopNode, codePoint: number): StopNode {
  for (let node: StopNode | undefined = from; node; node = node.fallback) {
    const next = node.next.get(codePoint);
    if (next) return next;
    if (!node.fallback) return node;
  }
  return from;
}

function buildAutomaton(stops: readonly string[]): StopNode {
  const root = createNode(0);
  for (const stop of stops) if (stop !== '') addStop(root, stop);
  linkFallbacks(root);
  return root;
}

function createNode(depth: number): StopNode {
  return { depth, next: new Map(), fallback: undefined, stop: undefined };
}

function addStop(root: StopNode, stop: string): void {
  let node = root;
  let depth = 0;
  for (const character of stop) {
    depth += character.length;
    const codePoint = character.codePointAt(0) ?? 0;
    const next = node.next.get(codePoint) ?? createNode(depth);
    node.next.set(codePoint, next);
    node = next;
  }
  node.stop = stop;
}

/** Breadth first, so that the fallback of a node (which is shorter) is complete before the node itself. */
function linkFallbacks(root: StopNode): void {
  const queue: StopNode[] = [root];
  for (const parent of queue) {
    for (const [codePoint, node] of parent.next) {
      node.fallback = parent.fallback ? step(parent.fallback, codePoint) : root;
      node.stop ??= node.fallback.stop;
      queue.push(node);
    }
  }
}
