import type { TaggedForm, ToolCallSyntax } from '../syntax.ts';

const section = { begin: '<｜tool▁calls▁begin｜>', end: '<｜tool▁calls▁end｜>' };
const begin = '<｜tool▁call▁begin｜>';
const end = '<｜tool▁call▁end｜>';

const dsml = {
  kind: 'tagged',
  begin: '<｜DSML｜invoke name="',
  nameEnd: '">\n',
  argumentBegin: '<｜DSML｜parameter name="',
  keyEnd: '"',
  typeMark: { before: ' string="', string: 'true', other: { json: 'false' }, after: '">' },
  valueEnd: '</｜DSML｜parameter>',
  argumentSeparator: '\n',
  linesAroundValue: false,
  end: '\n</｜DSML｜invoke>',
  separator: '\n',
} as const satisfies TaggedForm;

export const deepSeek: readonly ToolCallSyntax[] = [
  {
    id: 'deepseek-v3.2',
    recognisedBy: [['DSML', 'function_calls']],
    form: { ...dsml, section: { begin: '<｜DSML｜function_calls>\n', end: '\n</｜DSML｜function_calls>' } },
    allowsParallel: true,
  },
  {
    id: 'deepseek-v4',
    recognisedBy: [['DSML', 'tool_calls']],
    form: { ...dsml, section: { begin: '<｜DSML｜tool_calls>\n', end: '\n</｜DSML｜tool_calls>' } },
    allowsParallel: true,
  },
  {
    id: 'deepseek-r1',
    recognisedBy: [['<｜tool▁call▁begin｜>', '```json']],
    form: {
      kind: 'named',
      section,
      begin,
      header: [{ text: 'function<｜tool▁sep｜>' }, { slot: 'name' }],
      headerEnd: '\n```json\n',
      end: `\n\`\`\`${end}`,
      separator: '\n',
    },
    allowsParallel: true,
  },
  {
    id: 'deepseek-v3.1',
    recognisedBy: [['<｜tool▁call▁begin｜>']],
    form: {
      kind: 'named',
      section,
      begin,
      header: [{ slot: 'name' }],
      headerEnd: '<｜tool▁sep｜>',
      end,
      separator: '',
    },
    allowsParallel: true,
  },
];
