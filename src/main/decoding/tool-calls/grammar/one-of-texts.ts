import { quote, type RuleWriter } from './rule-writer.ts';

const deepest = 8;

/** One of the texts, as a tree over their common beginnings: a grammar looks at one branch, not at all texts. */
export function oneOfTexts(writer: RuleWriter, texts: readonly string[], depth = 0): string {
  const groups = Map.groupBy(new Set(texts), (text) => text.slice(0, firstLength(text)));
  const branches = [...groups].map(([first, group]) => {
    if (first === '') return '""';
    const common = commonBeginning(group);
    const rests = group.map((text) => text.slice(common.length));
    if (rests.length === 1) return quote(common);
    const inside = oneOfTexts(writer, rests, depth + 1);
    return `${quote(common)} ${depth % deepest === deepest - 1 ? writer.rule(inside) : `(${inside})`}`;
  });
  return branches.join(' | ');
}

/** Units of the first character. */
function firstLength(text: string): number {
  return String.fromCodePoint(text.codePointAt(0) ?? 0).length;
}

function commonBeginning(texts: readonly string[]): string {
  let common = texts[0] ?? '';
  for (const text of texts) {
    let length = 0;
    while (length < common.length && text[length] === common[length]) length++;
    common = common.slice(0, length);
  }
  // Half a surrogate pair is no character.
  return /[\ud800-\udbff]$/.test(common) ? common.slice(0, -1) : common;
}
