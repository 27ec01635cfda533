/** Grammars made at random and the simplest possible judge of what they match, for comparison with the real engine. */
export type Piece =
  | { kind: 'literal'; text: string }
  | { kind: 'class'; isNegated: boolean; ranges: [string, string][] }
  | { kind: 'sequence' | 'choice'; pieces: Piece[] }
  | { kind: 'repeat'; piece: Piece; min: number; max: number }
  | { kind: 'call'; rule: number };

/** Rule 0 is the root. */
export type Pieces = Piece[];

const alphabet = ['a', 'b', 'c', '"', 'é', '😀'];

export function randomPieces(random: () => number): Pieces {
  const count = 1 + Math.floor(random() * 4);
  return Array.from({ length: count }, () => ({
    kind: 'choice',
    // The first option ends every rule, so that every beginning can be completed.
    pieces: [literal(random), ...repeated(random, 2, () => randomPiece(random, count, 3))],
  }));
}

export function randomText(random: () => number, length: number): string[] {
  return repeated(random, length, () => pick(random, alphabet));
}

/** A text of the grammar, unless it gets too long. */
export function deriveText(pieces: Pieces, random: () => number): string[] {
  const text: string[] = [];
  derive(pieces[0], 0);
  return text;

  function derive(piece: Piece | undefined, depth: number): void {
    if (!piece || text.length > 12 || depth > 60) return;
    switch (piece.kind) {
      case 'literal':
        text.push(...piece.text);
        return;
      case 'class':
        text.push(
          pick(
            random,
            alphabet.filter((character) => isInClass(piece, character)),
          ),
        );
        return;
      case 'sequence':
        for (const part of piece.pieces) derive(part, depth + 1);
        return;
      case 'choice':
        derive(depth > 20 ? piece.pieces[0] : pick(random, piece.pieces), depth + 1);
        return;
      case 'repeat': {
        const most = Math.min(piece.max, piece.min + 3);
        const times = piece.min + Math.floor(random() * (most - piece.min + 1));
        for (let round = 0; round < times; round++) derive(piece.piece, depth + 1);
        return;
      }
      case 'call':
        derive(pieces[piece.rule], depth + 1);
        return;
    }
  }
}

export function toGbnf(pieces: Pieces): string {
  return pieces.map((piece, rule) => `${ruleName(rule)} ::= ${write(piece)}`).join('\n');
}

/** Whether the characters are a whole text of the grammar, and whether they are the beginning of one. */
export function judge(pieces: Pieces, text: readonly string[]): { isWhole: boolean; isBeginning: boolean } {
  const known = new Map<Piece, Map<number, Set<number>>>();
  let isBeginning = false;
  const isWhole = ends(pieces[0], 0).has(text.length);
  return { isWhole, isBeginning: isBeginning || isWhole };

  function ends(piece: Piece | undefined, start: number): Set<number> {
    if (!piece) return new Set();
    let starts = known.get(piece);
    if (!starts) known.set(piece, (starts = new Map<number, Set<number>>()));
    let found = starts.get(start);
    if (!found) starts.set(start, (found = findEnds(piece, start)));
    return found;
  }

  function findEnds(piece: Piece, start: number): Set<number> {
    switch (piece.kind) {
      case 'literal':
        return literalEnds([...piece.text], start);
      case 'class':
        isBeginning ||= start === text.length;
        return new Set(start < text.length && isInClass(piece, text[start] ?? '') ? [start + 1] : []);
      case 'sequence':
        return piece.pieces.reduce((from, part) => union([...from].map((at) => ends(part, at))), new Set([start]));
      case 'choice':
        return union(piece.pieces.map((option) => ends(option, start)));
      case 'repeat':
        return repeatEnds(piece, start);
      case 'call':
        return ends(pieces[piece.rule], start);
    }
  }

  function literalEnds(characters: string[], start: number): Set<number> {
    for (const [offset, character] of characters.entries()) {
      isBeginning ||= start + offset === text.length;
      if (text[start + offset] !== character) return new Set();
    }
    return new Set([start + characters.length]);
  }

  function repeatEnds({ piece, min, max }: Extract<Piece, { kind: 'repeat' }>, start: number): Set<number> {
    const found = new Set<number>();
    let from = new Set([start]);
    for (let round = 0; from.size > 0; round++) {
      if (round >= min) for (const at of from) found.add(at);
      if (round >= max || round > min + text.length) break;
      from = union([...from].map((at) => ends(piece, at)));
    }
    return found;
  }
}

function randomPiece(random: () => number, rules: number, depth: number): Piece {
  const choice = random();
  if (depth === 0 || choice < 0.3) return random() < 0.5 ? literal(random) : randomClass(random);
  if (choice < 0.5) return { kind: 'call', rule: Math.floor(random() * rules) };
  if (choice < 0.7) return repeat(random, randomPiece(random, rules, depth - 1));
  const kind = choice < 0.85 ? 'sequence' : 'choice';
  return { kind, pieces: repeated(random, 3, () => randomPiece(random, rules, depth - 1)) };
}

function literal(random: () => number): Piece {
  return { kind: 'literal', text: randomText(random, 3).join('') };
}

function randomClass(random: () => number): Piece {
  const ranges = repeated(random, 2, () => {
    const ends = [pick(random, alphabet), pick(random, alphabet)].sort((a, b) => codePoint(a) - codePoint(b));
    return [ends[0] ?? '', ends[1] ?? ''] as [string, string];
  });
  const isNegated = random() < 0.3;
  const piece: Piece = { kind: 'class', isNegated, ranges };
  return alphabet.some((character) => isInClass(piece, character)) ? piece : { ...piece, isNegated: false };
}

function repeat(random: () => number, piece: Piece): Piece {
  const min = Math.floor(random() * 3);
  const max = random() < 0.3 ? Infinity : min + Math.floor(random() * 4);
  return { kind: 'repeat', piece, min, max: Math.max(max, 1) };
}

function isInClass({ isNegated, ranges }: Extract<Piece, { kind: 'class' }>, character: string): boolean {
  const code = codePoint(character);
  return ranges.some(([first, last]) => codePoint(first) <= code && code <= codePoint(last)) !== isNegated;
}

function write(piece: Piece): string {
  switch (piece.kind) {
    case 'literal':
      return `"${piece.text.replaceAll('"', '\\"')}"`;
    case 'class':
      return `[${piece.isNegated ? '^' : ''}${piece.ranges.map(([first, last]) => `${first}-${last}`).join('')}]`;
    case 'sequence':
      return `(${piece.pieces.map(write).join(' ')})`;
    case 'choice':
      return `(${piece.pieces.map(write).join(' | ')})`;
    case 'repeat':
      return `(${write(piece.piece)})${writeTimes(piece.min, piece.max)}`;
    case 'call':
      return ruleName(piece.rule);
  }
}

function writeTimes(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function ruleName(rule: number): string {
  return rule === 0 ? 'root' : `rule-${rule}`;
}

function repeated<T>(random: () => number, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + Math.floor(random() * most) }, make);
}

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

function union(sets: Set<number>[]): Set<number> {
  return new Set(sets.flatMap((set) => [...set]));
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
