import type { TaggedForm, ToolCallSyntax } from '../syntax.ts';

const functionTag = {
  kind: 'tagged',
  nameEnd: '>\n',
  argumentBegin: '<parameter=',
  keyEnd: '>',
  valueEnd: '</parameter>',
  argumentSeparator: '\n',
  separator: '\n',
} as const satisfies Partial<TaggedForm>;

const argumentKey = {
  kind: 'tagged',
  begin: '<tool_call>',
  nameEnd: '',
  argumentBegin: '<arg_key>',
  keyEnd: '</arg_key><arg_value>',
  valueEnd: '</arg_value>',
  argumentSeparator: '',
  linesAroundValue: false,
  end: '</tool_call>',
  separator: '',
} as const satisfies TaggedForm;

const argumentKeyLines = {
  ...argumentKey,
  nameEnd: '\n',
  keyEnd: '</arg_key>\n<arg_value>',
  argumentSeparator: '\n',
  end: '\n</tool_call>',
  separator: '\n',
} as const satisfies TaggedForm;

const invokeTag = {
  kind: 'tagged',
  begin: '<invoke name="',
  nameEnd: '">\n',
  argumentBegin: '<parameter name="',
  keyEnd: '">',
  valueEnd: '</parameter>',
  argumentSeparator: '\n',
  linesAroundValue: false,
  end: '\n</invoke>',
  separator: '\n',
} as const satisfies TaggedForm;

/** Families that wrap each argument in markers and give values as plain text. */
export const tagged: readonly ToolCallSyntax[] = [
  {
    id: 'seed',
    recognisedBy: [['seed:tool_call'], ['<seed:bos>', '<parameter=']],
    form: {
      ...functionTag,
      begin: '<seed:tool_call>\n<function=',
      linesAroundValue: false,
      end: '\n</function>\n</seed:tool_call>',
    },
    allowsParallel: true,
  },
  {
    id: 'qwen3-coder',
    recognisedBy: [['<tool_call>', '<function=', '<parameter=']],
    form: {
      ...functionTag,
      begin: '<tool_call>\n<function=',
      linesAroundValue: true,
      end: '\n</function>\n</tool_call>',
    },
    allowsParallel: true,
  },
  {
    id: 'ling',
    recognisedBy: [['<role>ASSISTANT</role>', '<arg_key>']],
    form: { ...argumentKeyLines, argumentSeparator: '' },
    allowsParallel: true,
  },
  {
    id: 'glm',
    // The second is the escape as it stands in a Jinja string.
    recognisedBy: [
      ['<tool_call>{function-name}\n', '<arg_key>'],
      [String.raw`<tool_call>function-name\n`, '<arg_key>'],
    ],
    form: argumentKeyLines,
    allowsParallel: true,
  },
  {
    id: 'hunyuan',
    recognisedBy: [['hy_Assistant']],
    form: {
      ...argumentKeyLines,
      section: { begin: '<tool_calls:opensource>\n', end: '\n</tool_calls:opensource>' },
      begin: '<tool_call:opensource>',
      nameEnd: '<tool_sep:opensource>\n',
      argumentBegin: '<arg_key:opensource>',
      keyEnd: '</arg_key:opensource>\n<arg_value:opensource>',
      valueEnd: '</arg_value:opensource>',
      end: '\n</tool_call:opensource>',
    },
    allowsParallel: true,
  },
  {
    id: 'glm-compact',
    recognisedBy: [['<arg_key>', '<arg_value>']],
    form: argumentKey,
    allowsParallel: true,
  },
  {
    id: 'minimax-m2',
    recognisedBy: [['minimax:tool_call', '<invoke name=']],
    form: { ...invokeTag, section: { begin: '<minimax:tool_call>\n', end: '\n</minimax:tool_call>' } },
    allowsParallel: true,
  },
  {
    id: 'minicpm',
    recognisedBy: [['<function name="', '<param name="']],
    form: {
      kind: 'tagged',
      begin: '<function name="',
      nameEnd: '">',
      argumentBegin: '<param name="',
      keyEnd: '">',
      valueEnd: '</param>',
      wrap: { begin: '<![CDATA[', end: ']]>' },
      argumentSeparator: '',
      linesAroundValue: false,
      end: '</function>',
      separator: '\n',
    },
    trigger: '<function name="',
    allowsParallel: true,
  },
  {
    id: 'muse',
    recognisedBy: [['atem:function_calls']],
    form: {
      ...invokeTag,
      section: { begin: '<atem:function_calls>\n', end: '\n</atem:function_calls>' },
      begin: '<atem:invoke name="',
      argumentBegin: '<atem:parameter name="',
      valueEnd: '</atem:parameter>',
      end: '\n</atem:invoke>',
    },
    allowsParallel: true,
    lead: '<|start|>assistant to={name}<|message|>',
    silent: [
      '<|start|>assistant to={name}<|message|>',
      '<|start|>assistant to=user<|message|>',
      '<|start|>assistant<|message|>',
      '<|eom|>',
    ],
    primers: ['<|start|>assistant'],
  },
];
