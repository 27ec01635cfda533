import type { ToolCallSyntax } from '../syntax.ts';

/** gpt-oss. Recipient and channel may stand in either order; `analysis` is reasoning, `final` the answer. */
export const harmony: ToolCallSyntax = {
  id: 'harmony',
  recognisedBy: [['<|channel|>', '<|message|>', 'functions']],
  form: {
    kind: 'named',
    begin: '<|start|>assistant<|channel|>commentary to=functions.',
    alsoBegin: [
      '<|start|>assistant to=functions.',
      '<|start|>assistant<|channel|>analysis to=functions.',
      '<|channel|>commentary to=functions.',
      '<|channel|>analysis to=functions.',
    ],
    header: [{ slot: 'name' }, { text: ' <|constrain|>json' }],
    headerEnd: '<|message|>',
    alsoBetween: ['<|channel|>commentary json<|message|>', '<|channel|>commentary <|constrain|>json<|message|>'],
    end: '<|call|>',
    separator: '',
  },
  trigger: ' to=functions.',
  allowsParallel: false,
  silent: [
    '<|start|>assistant<|channel|>final<|message|>',
    '<|start|>assistant<|channel|>commentary<|message|>',
    '<|channel|>final<|message|>',
    '<|channel|>commentary<|message|>',
    '<|end|>',
    '<|return|>',
    '<|call|>',
  ],
  primers: ['<|start|>assistant'],
};
