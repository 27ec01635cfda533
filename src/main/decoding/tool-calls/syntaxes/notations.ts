import type { ToolCallSyntax } from '../syntax.ts';

/** Families whose arguments stand in a notation of their own. */
export const notations: readonly ToolCallSyntax[] = [
  {
    id: 'gemma-4',
    recognisedBy: [['<|tool_call>call:']],
    form: {
      kind: 'notation',
      notation: 'gemma',
      mark: '<|"|>',
      begin: '<|tool_call>call:',
      end: '<tool_call|>',
      separator: '',
    },
    allowsParallel: true,
  },
  {
    id: 'function-gemma',
    recognisedBy: [['<start_function_call>call:']],
    form: {
      kind: 'notation',
      notation: 'gemma',
      mark: '<escape>',
      begin: '<start_function_call>call:',
      end: '<end_function_call>',
      separator: '',
    },
    allowsParallel: true,
  },
  {
    id: 'lfm2',
    recognisedBy: [['<|tool_call_start|>'], ['<|tool_list_start|>'], ['List of tools: [']],
    form: {
      kind: 'notation',
      notation: 'python',
      mark: '',
      section: { begin: '<|tool_call_start|>[', end: ']<|tool_call_end|>' },
      begin: '',
      end: '',
      separator: ', ',
    },
    allowsParallel: true,
  },
  {
    id: 'minimax-m3',
    recognisedBy: [[']<]minimax[>[']],
    form: {
      kind: 'notation',
      notation: 'nested-tags',
      mark: ']<]minimax[>[',
      section: { begin: ']<]minimax[>[<tool_call>\n', end: ']<]minimax[>[</tool_call>' },
      begin: ']<]minimax[>[<invoke name="',
      end: ']<]minimax[>[</invoke>\n',
      separator: '',
    },
    allowsParallel: true,
  },
];
