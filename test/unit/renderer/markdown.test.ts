import { describe, expect, test } from 'vitest';
import { parseBlocks } from '#renderer/features/chat/markdown/parse-blocks.ts';
import { isSafeAddress, parseInline } from '#renderer/features/chat/markdown/parse-inline.ts';

const text = (value: string) => ({ type: 'text', text: value });

describe('blocks', () => {
  test('paragraphs, headings, rules and fenced code in their order', () => {
    expect(parseBlocks('# Title\nOne\ntwo\n\n---\n```ts\nconst a = 1;\n\n# no heading\n```\nend')).toEqual([
      { type: 'heading', level: 1, text: 'Title' },
      { type: 'paragraph', text: 'One\ntwo' },
      { type: 'rule' },
      { type: 'code', language: 'ts', text: 'const a = 1;\n\n# no heading', isClosed: true },
      { type: 'paragraph', text: 'end' },
    ]);
  });

  test('the highest heading of an answer is its first level', () => {
    expect(parseBlocks('## A\n### B')).toEqual([
      { type: 'heading', level: 1, text: 'A' },
      { type: 'heading', level: 2, text: 'B' },
    ]);
  });

  test('a fence that is still being written runs to the end', () => {
    expect(parseBlocks('```js\nlet x')).toEqual([{ type: 'code', language: 'js', text: 'let x', isClosed: false }]);
  });

  test('a longer fence holds a shorter one', () => {
    expect(parseBlocks('````\n```\nx\n```\n````')).toEqual([
      { type: 'code', language: '', text: '```\nx\n```', isClosed: true },
    ]);
  });

  test('lists keep their numbers, nest by indentation and end at plain text', () => {
    expect(parseBlocks('3. three\n4. four\n   - inner\n\nafter')).toEqual([
      {
        type: 'list',
        isOrdered: true,
        start: 3,
        items: [
          [{ type: 'paragraph', text: 'three' }],
          [
            { type: 'paragraph', text: 'four' },
            { type: 'list', isOrdered: false, start: 1, items: [[{ type: 'paragraph', text: 'inner' }]] },
          ],
        ],
      },
      { type: 'paragraph', text: 'after' },
    ]);
  });

  test('items set apart by blank lines are one list', () => {
    expect(parseBlocks('- a\n\n- b')).toEqual([
      {
        type: 'list',
        isOrdered: false,
        start: 1,
        items: [[{ type: 'paragraph', text: 'a' }], [{ type: 'paragraph', text: 'b' }]],
      },
    ]);
  });

  test('tables need a divider; quotes hold blocks', () => {
    expect(parseBlocks('| a | b |\n|---|:-:|\n| 1 | 2 |\n\n> quoted\n> - item')).toEqual([
      { type: 'table', head: ['a', 'b'], rows: [['1', '2']] },
      {
        type: 'quote',
        blocks: [
          { type: 'paragraph', text: 'quoted' },
          { type: 'list', isOrdered: false, start: 1, items: [[{ type: 'paragraph', text: 'item' }]] },
        ],
      },
    ]);
    expect(parseBlocks('a | b')).toEqual([{ type: 'paragraph', text: 'a | b' }]);
  });
});

describe('runs inside a block', () => {
  test('bold, emphasis, deleted, code, line breaks and escapes', () => {
    expect(parseInline('a **b _c_** ~~d~~ `e *f*`  \n\\*g\\*')).toEqual([
      text('a '),
      { type: 'strong', children: [text('b '), { type: 'emphasis', children: [text('c')] }] },
      text(' '),
      { type: 'deleted', children: [text('d')] },
      text(' '),
      { type: 'code', text: 'e *f*' },
      { type: 'break' },
      text('*'),
      text('g'),
      text('*'),
    ]);
  });

  test('marks without an end, and underscores inside words, stay text', () => {
    expect(parseInline('**half')).toEqual([text('**half')]);
    expect(parseInline('snake_case_name and 2 * 3 * 4')).toEqual([text('snake_case_name and 2 * 3 * 4')]);
  });

  test('web and mail links are links, bare web addresses too', () => {
    const link = (address: string, label = address) => ({ type: 'link', address, children: [text(label)] });
    expect(parseInline('[docs](https://example.com/a_(b))')).toEqual([link('https://example.com/a_(b)', 'docs')]);
    expect(parseInline('see https://example.com/x.')).toEqual([text('see '), link('https://example.com/x'), text('.')]);
    expect(parseInline('<mailto:me@example.com>')).toEqual([link('mailto:me@example.com')]);
  });

  test('an image is its description with its address, never loaded', () => {
    expect(parseInline('![chart](javascript:alert(1))')).toEqual([text('chart (javascript:alert(1))')]);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'smb://host/share',
    '\\\\host\\share',
    'ms-msdt:/id',
    'vscode://x',
    'calculator:',
    '//host/path',
    'https:\\\\host',
    'https:///host',
    'mailto:/x',
  ])('%j is no address to open', (address) => {
    expect(isSafeAddress(address)).toBe(false);
  });

  test('hostile repetition is read in time that grows with its length', () => {
    const steps = (length: number): number => {
      const started = performance.now();
      for (const mark of ['*', '_', '[', '`', '~~', '![](', '<https:']) parseInline(mark.repeat(length / mark.length));
      parseBlocks('> '.repeat(length / 2));
      parseBlocks('- '.repeat(length / 2));
      return performance.now() - started;
    };
    steps(1000);
    expect(steps(20_000)).toBeLessThan(5000);
  });
});
