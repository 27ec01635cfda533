import type { ControlAlphabet } from './tool-calls/control-alphabet.ts';
import type { ReasoningSyntax } from './tool-calls/syntax.ts';

/** What closes the reasoning from outside: tags stand on lines of their own, other markers do not. */
export function closingText({ end, forcedEnd: text }: ReasoningSyntax): string {
  return text ?? (end.startsWith('</') ? `\n${end}\n\n` : end);
}

/** Texts that may begin the reasoning, in the answer's alphabet. */
export function beginningsOf(reasoning: ReasoningSyntax, alphabet: ControlAlphabet): string[] {
  return [reasoning.begin, ...(reasoning.alsoBegin ?? [])].map((text) => alphabet.encodeMarker(text));
}

/** All texts of the syntax that may be control tokens, or hold some. */
export function markersOf(reasoning: ReasoningSyntax): string[] {
  return [reasoning.begin, reasoning.end, ...(reasoning.alsoBegin ?? [])];
}
