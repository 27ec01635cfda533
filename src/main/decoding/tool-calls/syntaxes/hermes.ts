import type { JsonForm, ToolCallSyntax } from '../syntax.ts';

export const pairForm = {
  kind: 'json',
  list: 'one',
  shape: 'pair',
  nameKey: 'name',
  argumentsKey: 'arguments',
} as const satisfies Partial<JsonForm>;

/** Hermes, Qwen 2.5 and 3, QwQ, Granite 4, SmolLM3, MiMo, Bielik, Reka. */
export const hermes: ToolCallSyntax = {
  id: 'hermes',
  recognisedBy: [['<tool_call>', 'arguments']],
  form: { ...pairForm, begin: '<tool_call>\n', end: '\n</tool_call>' },
  allowsParallel: true,
};
