import type { ReasoningSyntax } from '../syntax.ts';

/** Markers of reasoning, and the text of a template that tells of them; the first that is found counts. */
export const reasoningSyntaxes: readonly { recognisedBy: string; syntax: ReasoningSyntax }[] = [
  {
    recognisedBy: '<|channel|>analysis',
    syntax: {
      begin: '<|channel|>analysis<|message|>',
      alsoBegin: ['<|start|>assistant<|channel|>analysis<|message|>'],
      end: '<|end|>',
      forcedEnd: '<|end|><|start|>assistant',
    },
  },
  {
    recognisedBy: 'atem:function_calls',
    syntax: {
      begin: '<|start|>assistant to=self<|message|>',
      end: '<|eom|>',
      forcedEnd: '<|eom|><|start|>assistant',
    },
  },
  {
    recognisedBy: '<|open|>',
    syntax: { begin: '<|open|>think<|sep|>', end: '<|close|>think<|sep|>' },
  },
  { recognisedBy: '<|channel>', syntax: { begin: '<|channel>thought\n', end: '<channel|>' } },
  { recognisedBy: '<|START_THINKING|>', syntax: { begin: '<|START_THINKING|>', end: '<|END_THINKING|>' } },
  { recognisedBy: '<|inner_prefix|>', syntax: { begin: '<|inner_prefix|>', end: '<|inner_suffix|>' } },
  { recognisedBy: '[THINK]', syntax: { begin: '[THINK]', end: '[/THINK]' } },
  { recognisedBy: 'seed:think', syntax: { begin: '<seed:think>', end: '</seed:think>' } },
  { recognisedBy: '<mm:think>', syntax: { begin: '<mm:think>', end: '</mm:think>' } },
  { recognisedBy: 'hy_Assistant', syntax: { begin: '<think:opensource>', end: '</think:opensource>' } },
  {
    recognisedBy: '<|tool_call:begin|>',
    syntax: {
      begin: '<|think|>',
      alsoBegin: ['<|begin|>assistant<|think|>'],
      end: '<|end|>',
      forcedEnd: '<|end|><|begin|>assistant',
    },
  },
  {
    recognisedBy: 'Here are my reasoning steps:',
    syntax: { begin: 'Here are my reasoning steps:\n', end: '[BEGIN FINAL RESPONSE]' },
  },
  {
    recognisedBy: 'Here is my thought process:',
    syntax: { begin: 'Here is my thought process:', end: 'Here is my response:' },
  },
  { recognisedBy: '<thinking>', syntax: { begin: '<thinking>', end: '</thinking>' } },
  { recognisedBy: '</think>', syntax: { begin: '<think>', end: '</think>' } },
];
