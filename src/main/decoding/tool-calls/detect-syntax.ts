import type { ReasoningSyntax, ToolCallSyntax } from './syntax.ts';
import { allSyntaxes } from './syntaxes/all-syntaxes.ts';
import { generic } from './syntaxes/generic.ts';
import { reasoningSyntaxes } from './syntaxes/reasoning.ts';

/** The syntax a chat template was written for; the generic one where the template knows no tools. */
export function detectSyntax(template: string | undefined): ToolCallSyntax {
  if (template === undefined) return generic;
  const isIn = (text: string) => template.includes(text);
  return allSyntaxes.find(({ recognisedBy }) => recognisedBy.some((texts) => texts.every(isIn))) ?? generic;
}

/** Where a model of the template puts its reasoning; undefined where the template knows none. */
export function detectReasoning(template: string | undefined): ReasoningSyntax | undefined {
  return reasoningSyntaxes.find(({ recognisedBy }) => template?.includes(recognisedBy))?.syntax;
}

/**
 * The end of a rendered prompt that belongs to the answer: an opened block of reasoning, or the beginning of a frame
 * such as `<|start|>assistant`. The parser reads it as the answer's first words.
 */
export function findPrimer(
  prompt: string,
  { syntax, reasoning }: { syntax: ToolCallSyntax; reasoning: ReasoningSyntax | undefined },
): string {
  const end = prompt.trimEnd();
  const beginnings = reasoning ? [...(reasoning.alsoBegin ?? []), reasoning.begin] : [];
  return [...beginnings, ...(syntax.primers ?? [])].find((text) => end.endsWith(text.trimEnd())) ?? '';
}
