import type { ToolCallSyntax } from '../syntax.ts';

/** Functionary and Solar. */
export const named: readonly ToolCallSyntax[] = [
  {
    id: 'functionary-3.2',
    recognisedBy: [
      ['>>>', 'recipient'],
      [">>>' + ", '>>>all'],
    ],
    form: {
      kind: 'named',
      begin: '>>>',
      header: [{ slot: 'name' }],
      headerEnd: '\n',
      end: '',
      separator: '',
    },
    trigger: '>>>{name}\n',
    allowsParallel: true,
    silent: ['>>>all\n'],
    primers: ['>>>'],
  },
  {
    id: 'functionary-3.1',
    recognisedBy: [['<function=', '</function>']],
    form: {
      kind: 'named',
      begin: '<function=',
      header: [{ slot: 'name' }],
      headerEnd: '>',
      end: '</function>',
      separator: '',
    },
    allowsParallel: true,
  },
  {
    id: 'solar',
    recognisedBy: [['<|tool_call:begin|>']],
    form: {
      kind: 'named',
      section: { begin: '<|tool_calls|>', end: '<|calls|>' },
      begin: '<|tool_call:begin|>',
      header: [{ slot: 'id' }, { text: '<|tool_call:name|>' }, { slot: 'name' }],
      headerEnd: '<|tool_call:args|>',
      end: '<|tool_call:end|>',
      separator: '',
    },
    allowsParallel: true,
    silent: ['<|begin|>assistant', '<|content|>', '<|end|>'],
    primers: ['<|begin|>assistant'],
  },
];
