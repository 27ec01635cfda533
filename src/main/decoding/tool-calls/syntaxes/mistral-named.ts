import type { ToolCallSyntax } from '../syntax.ts';

const named = {
  kind: 'named',
  begin: '[TOOL_CALLS]',
  headerEnd: '[ARGS]',
  end: '',
  separator: '',
} as const;

/** Mistral since 2025: `[TOOL_CALLS]name[ARGS]{…}`; the 3.2 templates put an id between. */
export const mistralNamed: readonly ToolCallSyntax[] = [
  {
    id: 'mistral-call-id',
    recognisedBy: [['[TOOL_CALLS]', '[CALL_ID]', '[ARGS]']],
    form: { ...named, header: [{ slot: 'name' }, { text: '[CALL_ID]' }, { slot: 'id' }] },
    allowsParallel: true,
  },
  {
    id: 'mistral-args',
    recognisedBy: [['[TOOL_CALLS]', '[ARGS]']],
    form: { ...named, header: [{ slot: 'name' }] },
    allowsParallel: true,
  },
];
