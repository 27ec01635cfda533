import type { Random } from './random.ts';

/** A grammar as plain nodes: read from GBNF text by code of the tests' own, so that it judges what we really write. */
export type GbnfNode =
  | { kind: 'text'; text: string }
  | { kind: 'class'; isInverted: boolean; ranges: [number, number][] }
  | { kind: 'sequence'; items: GbnfNode[] }
  | { kind: 'choice'; items: GbnfNode[] }
  | { kind: 'repeat'; item: GbnfNode; min: number; max: number }
  | { kind: 'rule'; name: string };

export type Gbnf = ReadonlyMap<string, GbnfNode>;

/** One rule per line, as our compiler writes them. */
export function readGbnf(text: string): Gbnf {
  const rules = new Map<string, GbnfNode>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, name = '', body = ''] = /^([A-Za-z0-9-]+) ::= (.*)$/s.exec(line) ?? [];
    if (name === '') throw new Error(`No rule: ${line}`);
    if (rules.has(name)) throw new Error(`Two rules named ${name}.`);
    rules.set(name, new BodyReader(body).read());
  }
  for (const node of rules.values()) checkNames(node, rules);
  return rules;
}

function checkNames(node: GbnfNode, rules: Gbnf): void {
  if (node.kind === 'rule' && !rules.has(node.name)) throw new Error(`No rule named ${node.name}.`);
  if (node.kind === 'repeat') checkNames(node.item, rules);
  if (node.kind === 'sequence' || node.kind === 'choice') for (const item of node.items) checkNames(item, rules);
}

class BodyReader {
  readonly #characters: string[];
  #at = 0;

  constructor(body: string) {
    this.#characters = [...body];
  }

  read(): GbnfNode {
    const node = this.#choice();
    if (this.#at < this.#characters.length) throw new Error(`Not understood at ${this.#rest()}`);
    return node;
  }

  #rest(): string {
    return this.#characters.slice(this.#at, this.#at + 40).join('');
  }

  #skip(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #choice(): GbnfNode {
    const items = [this.#sequence()];
    while (this.#skip('|')) items.push(this.#sequence());
    const [only] = items;
    return items.length === 1 && only ? only : { kind: 'choice', items };
  }

  #sequence(): GbnfNode {
    const items: GbnfNode[] = [];
    for (;;) {
      while (this.#skip(' '));
      const next = this.#characters[this.#at];
      if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', items };
      items.push(this.#counted(this.#atom()));
    }
  }

  #atom(): GbnfNode {
    if (this.#skip('"')) return this.#text();
    if (this.#skip('[')) return this.#class();
    if (this.#skip('(')) {
      const inner = this.#choice();
      if (!this.#skip(')')) throw new Error(`No end of the group at ${this.#rest()}`);
      return inner;
    }
    const name = /^[A-Za-z0-9-]+/.exec(this.#characters.slice(this.#at, this.#at + 100).join(''))?.[0];
    if (name === undefined) throw new Error(`Not understood at ${this.#rest()}`);
    this.#at += name.length;
    return { kind: 'rule', name };
  }

  #text(): GbnfNode {
    let text = '';
    while (!this.#skip('"')) text += String.fromCodePoint(this.#character());
    return { kind: 'text', text };
  }

  #class(): GbnfNode {
    const isInverted = this.#skip('^');
    const ranges: [number, number][] = [];
    while (!this.#skip(']')) {
      const low = this.#character();
      ranges.push([low, this.#skip('-') ? this.#character() : low]);
    }
    return { kind: 'class', isInverted, ranges };
  }

  #character(): number {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new Error('A literal has no end.');
    if (character !== '\\') return character.codePointAt(0) ?? 0;
    const letter = this.#characters[this.#at++] ?? '';
    const digits = { x: 2, u: 4, U: 8 }[letter];
    if (digits === undefined) return ({ n: 10, r: 13, t: 9 }[letter] ?? letter.codePointAt(0)) || 0;
    const hex = this.#characters.slice(this.#at, this.#at + digits).join('');
    this.#at += digits;
    return Number.parseInt(hex, 16);
  }

  #counted(item: GbnfNode): GbnfNode {
    if (this.#skip('*')) return { kind: 'repeat', item, min: 0, max: Infinity };
    if (this.#skip('+')) return { kind: 'repeat', item, min: 1, max: Infinity };
    if (this.#skip('?')) return { kind: 'repeat', item, min: 0, max: 1 };
    const rest = this.#characters.slice(this.#at, this.#at + 24).join('');
    const [whole, low = '', comma, high = ''] = /^\{(\d+)(,)?(\d*)\}/.exec(rest) ?? [];
    if (whole === undefined) return item;
    this.#at += whole.length;
    const max = comma === undefined ? Number(low) : high === '' ? Infinity : Number(high);
    return { kind: 'repeat', item, min: Number(low), max };
  }
}

/** Draws texts from a grammar: short ones mostly, and with an eye for the ends of every range. */
export class GbnfSampler {
  readonly #rules: Gbnf;
  readonly #random: Random;
  readonly #costs: Map<string, number>;
  #left = 0;

  constructor(rules: Gbnf, random: Random) {
    this.#rules = rules;
    this.#random = random;
    this.#costs = cheapestEnds(rules);
  }

  /** A text of the grammar; `size` is about how many rules it takes before it looks for the end. */
  sample(size: number): string {
    this.#left = size;
    return this.#write({ kind: 'rule', name: 'root' });
  }

  #write(node: GbnfNode): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'class':
        return this.#character(node);
      case 'sequence':
        return node.items.map((item) => this.#write(item)).join('');
      case 'choice':
        return this.#write(this.#left > 0 ? this.#random.pick(this.#ending(node.items)) : this.#cheapest(node.items));
      case 'repeat':
        return Array.from({ length: this.#count(node) }, () => this.#write(node.item)).join('');
      case 'rule': {
        this.#left--;
        const body = this.#rules.get(node.name);
        if (!body) throw new Error(`No rule named ${node.name}.`);
        return this.#write(body);
      }
    }
  }

  #ending(items: readonly GbnfNode[]): GbnfNode[] {
    return items.filter((item) => costOf(item, this.#costs) < Infinity);
  }

  #cheapest(items: readonly GbnfNode[]): GbnfNode {
    const costs = items.map((item) => costOf(item, this.#costs));
    const least = Math.min(...costs);
    return this.#random.pick(items.filter((_, index) => costs[index] === least));
  }

  #count({ item, min, max }: { item: GbnfNode; min: number; max: number }): number {
    if (costOf(item, this.#costs) === Infinity || this.#left <= 0) return min;
    const draw = this.#random.next();
    if (draw < 0.25) return min;
    if (draw < 0.45 && max <= 300) return max;
    const more = draw < 0.9 ? this.#random.below(4) : this.#random.below(12);
    return Math.min(max, min + more);
  }

  #character({ isInverted, ranges }: { isInverted: boolean; ranges: [number, number][] }): string {
    if (!isInverted) {
      const [low, high] = this.#random.pick(ranges);
      return String.fromCodePoint(this.#between(low, high));
    }
    const isIn = (code: number): boolean => ranges.some(([low, high]) => low <= code && code <= high);
    for (;;) {
      const pool = this.#random.pick(characterPools);
      const code = this.#between(pool[0], pool[1]);
      if (!isIn(code) && (code < 0xd800 || code > 0xdfff)) return String.fromCodePoint(code);
    }
  }

  #between(low: number, high: number): number {
    const draw = this.#random.next();
    if (draw < 0.2) return low;
    if (draw < 0.4) return high;
    const code = low + this.#random.below(high - low + 1);
    return code >= 0xd800 && code <= 0xdfff ? low : code;
  }
}

const characterPools: readonly (readonly [number, number])[] = [
  [0x00, 0x7f],
  [0x61, 0x7a],
  [0x30, 0x39],
  [0x20, 0x2f],
  [0x7f, 0x24f],
  [0x250, 0x2fff],
  [0x3000, 0xffff],
  [0x10000, 0x10ffff],
];

/** Rules that a cheapest text of each rule takes. */
function cheapestEnds(rules: Gbnf): Map<string, number> {
  const costs = new Map<string, number>();
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const [name, node] of rules) {
      const cost = 1 + costOf(node, costs);
      if (cost >= (costs.get(name) ?? Infinity)) continue;
      costs.set(name, cost);
      isChanged = true;
    }
  }
  return costs;
}

function costOf(node: GbnfNode, costs: ReadonlyMap<string, number>): number {
  switch (node.kind) {
    case 'text':
    case 'class':
      return 0;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + costOf(item, costs), 0);
    case 'choice':
      return Math.min(...node.items.map((item) => costOf(item, costs)));
    case 'repeat':
      return node.min === 0 ? 0 : node.min * costOf(node.item, costs);
    case 'rule':
      return costs.get(node.name) ?? Infinity;
  }
}

/** Whether the grammar admits the whole text: every end a node can reach, remembered per rule and place. */
export function gbnfAccepts(rules: Gbnf, text: string): boolean {
  const characters = [...text];
  const known = new Map<string, ReadonlySet<number>>();
  const ends = (node: GbnfNode, at: number): ReadonlySet<number> => {
    switch (node.kind) {
      case 'text': {
        const wanted = [...node.text];
        const isThere = wanted.every((character, index) => characters[at + index] === character);
        return new Set(isThere ? [at + wanted.length] : []);
      }
      case 'class': {
        const code = characters[at]?.codePointAt(0);
        if (code === undefined) return new Set();
        const isIn = node.ranges.some(([low, high]) => low <= code && code <= high);
        return new Set(isIn !== node.isInverted ? [at + 1] : []);
      }
      case 'sequence': {
        let places: ReadonlySet<number> = new Set([at]);
        for (const item of node.items) places = new Set([...places].flatMap((place) => [...ends(item, place)]));
        return places;
      }
      case 'choice':
        return new Set(node.items.flatMap((item) => [...ends(item, at)]));
      case 'repeat':
        return repeatedEnds(node, at);
      case 'rule': {
        const key = `${node.name}@${String(at)}`;
        const found = known.get(key);
        if (found) return found;
        const body = rules.get(node.name);
        const made = body ? ends(body, at) : new Set<number>();
        known.set(key, made);
        return made;
      }
    }
  };
  const repeatedEnds = ({ item, min, max }: { item: GbnfNode; min: number; max: number }, at: number): Set<number> => {
    const reached = new Set<number>(min === 0 ? [at] : []);
    let places: ReadonlySet<number> = new Set([at]);
    for (let count = 1; count <= max && places.size > 0; count++) {
      const next = new Set([...places].flatMap((place) => [...ends(item, place)]));
      const fresh = [...next].filter((place) => count < min || !reached.has(place));
      if (count >= min) for (const place of fresh) reached.add(place);
      places = new Set(fresh);
    }
    return reached;
  };
  return ends({ kind: 'rule', name: 'root' }, 0).has(characters.length);
}
