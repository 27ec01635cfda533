/** A run of text inside a block. Everything a model can write ends up as one of these: there is no raw HTML. */
export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'break' }
  | { type: 'strong' | 'emphasis' | 'deleted'; children: Inline[] }
  | { type: 'link'; address: string; children: Inline[] };

/** Deeper nesting than people write is kept as plain text. */
const deepest = 6;

interface Rule {
  /** Sticky: matched at the present place only. */
  pattern: RegExp;
  toInline: (match: RegExpExecArray, depth: number) => Inline;
}

const rules: Rule[] = [
  { pattern: /\\([\\`*_{}[\]()#+\-.!|~>])/y, toInline: (match) => ({ type: 'text', text: match[1] ?? '' }) },
  {
    pattern: /(`{1,8})([^`]|[^`][\s\S]{0,4000}?[^`])\1(?!`)/y,
    toInline: (match) => ({ type: 'code', text: trimCode(match[2]) }),
  },
  { pattern: /(?: {2,}|\\)\n/y, toInline: () => ({ type: 'break' }) },
  { pattern: /(\*\*|__)(?=\S)([\s\S]{0,2000}?\S)\1/y, toInline: (match, depth) => nested('strong', match[2], depth) },
  { pattern: /~~(?=\S)([\s\S]{0,2000}?\S)~~/y, toInline: (match, depth) => nested('deleted', match[1], depth) },
  {
    pattern: /\*(?=[^\s*])([^*\n]{0,2000}?[^\s*])\*(?!\*)/y,
    toInline: (match, depth) => nested('emphasis', match[1], depth),
  },
  {
    pattern: /_(?=[^\s_])([^_\n]{0,2000}?[^\s_])_(?![\p{L}\p{N}_])/uy,
    toInline: (match, depth) => nested('emphasis', match[1], depth),
  },
  {
    pattern: /!?\[([^[\]\n]{0,1000})\]\(\s*<?([^\s<>()]{1,2000}(?:\([^\s()]*\)[^\s<>()]*)?)>?(?:\s+"[^"\n]*")?\s*\)/y,
    toInline: (match) => toLink(match[2] ?? '', match[1] || (match[2] ?? '')),
  },
  { pattern: /<((?:https?|mailto):[^\s<>]{1,2000})>/iy, toInline: (match) => toLink(match[1] ?? '', match[1] ?? '') },
  {
    pattern: /https?:\/\/[^\s<>()[\]"'`]{1,2000}[^\s<>()[\]"'`.,;:!?]/iy,
    toInline: (match) => toLink(match[0], match[0]),
  },
];

/** The runs of one block's text. Unclosed marks are plain text, so a half-streamed answer reads well. */
export function parseInline(text: string, depth = 0): Inline[] {
  const runs: Inline[] = [];
  let plain = '';
  let index = 0;
  const flush = (): void => {
    if (plain !== '') runs.push({ type: 'text', text: plain });
    plain = '';
  };
  while (index < text.length) {
    const found = matchRule(text, index, depth);
    if (found) {
      flush();
      runs.push(found.inline);
      index += found.length;
    } else {
      plain += text[index];
      index += 1;
    }
  }
  flush();
  return runs;
}

const firstCharacters = /[\\`*_~![<h \n]/i;

function matchRule(text: string, index: number, depth: number): { inline: Inline; length: number } | undefined {
  const character = text[index] ?? '';
  if (depth > deepest || !firstCharacters.test(character)) return undefined;
  const previous = text[index - 1] ?? ' ';
  if ((character === '_' || character.toLowerCase() === 'h') && /[\p{L}\p{N}_]/u.test(previous)) return undefined;
  for (const { pattern, toInline } of rules) {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    if (match) return { inline: toInline(match, depth), length: match[0].length };
  }
  return undefined;
}

function nested(type: 'strong' | 'emphasis' | 'deleted', text: string | undefined, depth: number): Inline {
  return { type, children: parseInline(text ?? '', depth + 1) };
}

/** Links other than web and mail addresses stay text, address included: nothing else is ever opened. */
function toLink(address: string, label: string): Inline {
  if (isSafeAddress(address)) return { type: 'link', address, children: [{ type: 'text', text: label }] };
  return { type: 'text', text: label === address ? address : `${label} (${address})` };
}

/** True for `https:`, `http:` and `mailto:` addresses, written plainly. */
export function isSafeAddress(address: string): boolean {
  // Control characters and blanks are how `java\tscript:` is smuggled past a look at the scheme.
  return !/[\p{Cc}\s\\]/u.test(address) && /^(https?:\/\/[^/]|mailto:[^/])/i.test(address);
}

function trimCode(text: string | undefined): string {
  const code = (text ?? '').replaceAll('\n', ' ');
  return /^ .*\S.* $/.test(code) ? code.slice(1, -1) : code;
}
