import type { ToolCallSyntax } from '../syntax.ts';

export const kimi: readonly ToolCallSyntax[] = [
  {
    id: 'kimi-k3',
    recognisedBy: [['<|open|>', '<|sep|>', '<|close|>']],
    form: {
      kind: 'tagged',
      section: { begin: '<|open|>tools<|sep|>', end: '<|close|>tools<|sep|>' },
      begin: '<|open|>call tool="',
      nameEnd: '"',
      numberBegin: ' index="',
      numberEnd: '"<|sep|>',
      argumentBegin: '<|open|>argument key="',
      keyEnd: '"',
      typeMark: {
        before: ' type="',
        string: 'string',
        other: { number: 'number', boolean: 'boolean', null: 'null', object: 'object', array: 'array' },
        after: '"<|sep|>',
      },
      valueEnd: '<|close|>argument<|sep|>',
      argumentSeparator: '',
      linesAroundValue: false,
      end: '<|close|>call<|sep|>',
      separator: '',
    },
    allowsParallel: true,
    silent: ['<|open|>response<|sep|>', '<|close|>response<|sep|>', '<|close|>message<|sep|>'],
  },
  {
    id: 'kimi-k2',
    recognisedBy: [['<|tool_call_begin|>', '<|tool_call_argument_begin|>']],
    form: {
      kind: 'named',
      section: { begin: '<|tool_calls_section_begin|>', end: '<|tool_calls_section_end|>' },
      begin: '<|tool_call_begin|>',
      header: [{ text: 'functions.' }, { slot: 'name' }, { text: ':' }, { slot: 'index' }],
      headerEnd: '<|tool_call_argument_begin|>',
      end: '<|tool_call_end|>',
      separator: '',
    },
    allowsParallel: true,
  },
];
