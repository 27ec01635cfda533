import type { ToolCallSyntax } from '../syntax.ts';
import { pairForm } from './hermes.ts';

/** Impetus' own protocol for models whose template knows no tools. Its words are in `generic-protocol.ts`. */
export const generic: ToolCallSyntax = {
  id: 'generic',
  recognisedBy: [],
  form: { ...pairForm, begin: '<tool_call>\n', end: '\n</tool_call>' },
  allowsParallel: true,
};
