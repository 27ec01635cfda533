import type { ToolCallSyntax } from '../syntax.ts';
import { pairForm } from './hermes.ts';

/** Impetus' own protocol for models whose template knows no tools; `describeTools` explains it to the model. */
export const generic: ToolCallSyntax = {
  id: 'generic',
  recognisedBy: [],
  form: { ...pairForm, begin: '<tool_call>\n', end: '\n</tool_call>' },
  allowsParallel: true,
};
