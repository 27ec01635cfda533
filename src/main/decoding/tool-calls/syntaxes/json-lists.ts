import type { ToolCallSyntax } from '../syntax.ts';
import { pairForm } from './hermes.ts';

/** Families that write one JSON array with all calls. */
export const jsonLists: readonly ToolCallSyntax[] = [
  {
    id: 'command-r',
    recognisedBy: [['<|START_ACTION|>']],
    form: {
      ...pairForm,
      list: 'array',
      begin: '<|START_ACTION|>',
      end: '<|END_ACTION|>',
      nameKey: 'tool_name',
      argumentsKey: 'parameters',
      indexKey: 'tool_call_id',
      pad: '\n    ',
    },
    allowsParallel: true,
    silent: ['<|START_RESPONSE|>', '<|END_RESPONSE|>', '<|START_TEXT|>', '<|END_TEXT|>'],
  },
  {
    id: 'command-r-plus',
    recognisedBy: [['Action:', '```json', 'tool_name']],
    form: {
      ...pairForm,
      list: 'array',
      begin: 'Action:\n```json\n',
      alsoBegin: ['Action: ```json\n'],
      end: '```',
      nameKey: 'tool_name',
      argumentsKey: 'parameters',
      pad: '\n    ',
    },
    trigger: 'Action:\n```json\n',
    allowsParallel: true,
  },
  {
    id: 'mistral',
    recognisedBy: [['[TOOL_CALLS]']],
    form: { ...pairForm, list: 'array', begin: '[TOOL_CALLS]', end: '', idKey: 'id' },
    allowsParallel: true,
  },
  {
    id: 'apertus',
    recognisedBy: [['<|tools_prefix|>', '<|tools_suffix|>']],
    form: { ...pairForm, list: 'array', shape: 'keyed', begin: '<|tools_prefix|>', end: '<|tools_suffix|>' },
    allowsParallel: true,
  },
  {
    id: 'nemotron-v2',
    recognisedBy: [['<TOOLCALL>']],
    form: { ...pairForm, list: 'array', begin: '<TOOLCALL>', end: '</TOOLCALL>' },
    allowsParallel: true,
  },
  {
    id: 'minimax-m1',
    recognisedBy: [['<tool_calls>', '<beginning_of_sentence>']],
    form: { ...pairForm, list: 'lines', begin: '<tool_calls>\n', end: '\n</tool_calls>' },
    allowsParallel: true,
  },
  {
    id: 'apriel',
    recognisedBy: [['<tool_calls>[']],
    form: { ...pairForm, list: 'array', begin: '<tool_calls>', end: '</tool_calls>', idKey: 'id' },
    allowsParallel: true,
  },
  {
    id: 'firefunction',
    recognisedBy: [['functools[']],
    form: { ...pairForm, list: 'array', begin: ' functools', alsoBegin: ['functools'], end: '' },
    trigger: 'functools',
    allowsParallel: true,
  },
  {
    id: 'phi',
    recognisedBy: [
      ['<|tool_call|>', '<|/tool_call|>'],
      ['<|tool|>', '<|/tool|>'],
    ],
    form: { ...pairForm, list: 'array', begin: '<|tool_call|>', end: '<|/tool_call|>' },
    allowsParallel: true,
  },
  {
    id: 'granite',
    recognisedBy: [['<|tool_call|>', '<|start_of_role|>']],
    form: { ...pairForm, list: 'array', begin: '<|tool_call|>', end: '' },
    allowsParallel: true,
  },
];
