/** A block of an answer. Texts are still inline markdown, except in code. */
export type Block =
  | { type: 'paragraph'; text: string }
  | { type: 'heading'; level: number; text: string }
  | { type: 'code'; language: string; text: string; isClosed: boolean }
  | { type: 'list'; isOrdered: boolean; start: number; items: Block[][] }
  | { type: 'quote'; blocks: Block[] }
  | { type: 'table'; head: string[]; rows: string[][] }
  | { type: 'rule' };

/** Deeper lists and quotes than people write are kept as paragraphs. */
const deepest = 8;

/** The blocks of a markdown text; a fence that is not closed yet runs to the end. Linear in the text's length. */
export function parseBlocks(text: string): Block[] {
  return levelHeadings(parseLines(text.replaceAll('\r\n', '\n').split('\n'), 0));
}

/** An answer's highest heading becomes level 1, whichever the model began with. */
function levelHeadings(blocks: Block[]): Block[] {
  const highest = Math.min(...blocks.map((block) => (block.type === 'heading' ? block.level : 6)));
  return blocks.map((block) => (block.type === 'heading' ? { ...block, level: block.level - highest + 1 } : block));
}

interface Reader {
  lines: string[];
  index: number;
  depth: number;
}

/** Each takes what it understands at the reader's place and moves on, or returns undefined and leaves it alone. */
const takers: ((reader: Reader) => Block | undefined)[] = [
  takeCode,
  takeHeading,
  takeRule,
  takeQuote,
  takeList,
  takeTable,
];

function parseLines(lines: string[], depth: number): Block[] {
  const reader: Reader = { lines, index: 0, depth };
  const blocks: Block[] = [];
  while (reader.index < lines.length) {
    if ((lines[reader.index] ?? '').trim() === '') {
      reader.index += 1;
      continue;
    }
    blocks.push(takeBlock(reader) ?? takeParagraph(reader));
  }
  return blocks;
}

function takeBlock(reader: Reader): Block | undefined {
  for (const take of takers) {
    const block = take(reader);
    if (block) return block;
  }
  return undefined;
}

function takeCode(reader: Reader): Block | undefined {
  const open = /^( {0,3})(`{3,}|~{3,})\s*([^\s`]*)/.exec(line(reader));
  if (!open) return undefined;
  const [, indent = '', fence = '', language = ''] = open;
  const close = new RegExp(`^ {0,3}${fence[0] === '`' ? '`' : '~'}{${fence.length},}\\s*$`);
  const code: string[] = [];
  reader.index += 1;
  while (reader.index < reader.lines.length && !close.test(line(reader))) {
    code.push(line(reader).replace(new RegExp(`^ {0,${indent.length}}`), ''));
    reader.index += 1;
  }
  const isClosed = reader.index < reader.lines.length;
  reader.index += 1;
  return { type: 'code', language, text: code.join('\n'), isClosed };
}

function takeHeading(reader: Reader): Block | undefined {
  const match = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line(reader));
  if (!match) return undefined;
  reader.index += 1;
  return { type: 'heading', level: match[1]?.length ?? 1, text: match[2] ?? '' };
}

function takeRule(reader: Reader): Block | undefined {
  if (!/^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/.test(line(reader))) return undefined;
  reader.index += 1;
  return { type: 'rule' };
}

function takeQuote(reader: Reader): Block | undefined {
  if (reader.depth >= deepest || !/^ {0,3}>/.test(line(reader))) return undefined;
  const inner: string[] = [];
  while (/^ {0,3}>/.test(line(reader))) {
    inner.push(line(reader).replace(/^ {0,3}> ?/, ''));
    reader.index += 1;
  }
  return { type: 'quote', blocks: parseLines(inner, reader.depth + 1) };
}

const listItem = /^( {0,3})([-*+]|\d{1,9}[.)])( +|$)(.*)$/;

function takeList(reader: Reader): Block | undefined {
  const first = listItem.exec(line(reader));
  if (reader.depth >= deepest || !first) return undefined;
  const marker = first[2] ?? '-';
  const isOrdered = /\d/.test(marker);
  const items: Block[][] = [];
  for (;;) {
    const item = listItem.exec(line(reader));
    if (!item || /\d/.test(item[2] ?? '') !== isOrdered) break;
    items.push(parseLines(takeItemLines(reader, item), reader.depth + 1));
  }
  return { type: 'list', isOrdered, start: isOrdered ? parseInt(marker, 10) : 1, items };
}

/** An item's first line and everything indented below it; a blank line ends it unless more indented text follows. */
function takeItemLines(reader: Reader, item: RegExpExecArray): string[] {
  const [, indent = '', marker = '', gap = '', text = ''] = item;
  const width = indent.length + marker.length + Math.max(1, Math.min(gap.length, 4));
  const lines = [text];
  reader.index += 1;
  while (reader.index < reader.lines.length && belongsToItem(reader, Math.min(width, 2))) {
    const current = line(reader);
    lines.push(current.slice(Math.min(width, toIndent(current))));
    reader.index += 1;
  }
  skipBlankBeforeItem(reader);
  return lines;
}

function belongsToItem(reader: Reader, indent: number): boolean {
  const current = line(reader);
  if (current.trim() !== '') return toIndent(current) >= indent;
  const next = reader.lines[reader.index + 1] ?? '';
  return next.trim() !== '' && toIndent(next) >= indent;
}

/** Items set apart by a blank line are one list. */
function skipBlankBeforeItem(reader: Reader): void {
  const next = reader.lines[reader.index + 1] ?? '';
  if (line(reader).trim() === '' && listItem.test(next)) reader.index += 1;
}

function takeTable(reader: Reader): Block | undefined {
  const head = line(reader);
  const divider = reader.lines[reader.index + 1] ?? '';
  if (!head.includes('|') || !/^\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?$/.test(divider)) return undefined;
  const rows: string[][] = [];
  reader.index += 2;
  while (line(reader).includes('|')) {
    rows.push(toCells(line(reader)));
    reader.index += 1;
  }
  return { type: 'table', head: toCells(head), rows };
}

function toCells(row: string): string[] {
  const cells = row.trim().replace(/^\|/, '').replace(/\|$/, '').split('|');
  return cells.map((cell) => cell.trim());
}

function takeParagraph(reader: Reader): Block {
  const lines = [line(reader).trimStart()];
  reader.index += 1;
  while (reader.index < reader.lines.length && line(reader).trim() !== '' && !startsBlock(reader)) {
    lines.push(line(reader).trimStart());
    reader.index += 1;
  }
  return { type: 'paragraph', text: lines.join('\n') };
}

function startsBlock(reader: Reader): boolean {
  return /^ {0,3}(#{1,6}\s|>|`{3,}|~{3,}|[-*+] |1[.)] )/.test(line(reader));
}

function line(reader: Reader): string {
  return reader.lines[reader.index] ?? '';
}

function toIndent(text: string): number {
  return text.length - text.trimStart().length;
}
