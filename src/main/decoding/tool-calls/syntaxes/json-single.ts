import type { ToolCallSyntax } from '../syntax.ts';
import { pairForm } from './hermes.ts';

/** Families that write one JSON object per answer. */
export const jsonSingle: readonly ToolCallSyntax[] = [
  {
    id: 'llama-3',
    recognisedBy: [
      ['<|python_tag|>', '"parameters": '],
      ['<|start_header_id|>', '{"name": function name, "parameters": '],
    ],
    form: { ...pairForm, begin: '', alsoBegin: ['<|python_tag|>'], end: '', argumentsKey: 'parameters' },
    trigger: '{"name": "',
    allowsParallel: false,
  },
  {
    id: 'gigachat-3.1',
    recognisedBy: [['<|function_call|>', '<|role_sep|>']],
    form: { ...pairForm, begin: '<|function_call|>', end: '' },
    allowsParallel: false,
  },
  {
    id: 'gigachat-3',
    recognisedBy: [['function call', '<|role_sep|>']],
    form: {
      ...pairForm,
      begin: '<|message_sep|>\n\nfunction call<|role_sep|>\n',
      alsoBegin: ['function call<|role_sep|>\n'],
      end: '',
    },
    trigger: 'function call<|role_sep|>\n',
    allowsParallel: false,
  },
];
