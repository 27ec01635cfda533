import { markersOf } from './answer-parser.ts';
import type { ReasoningSyntax, ToolCallSyntax } from './syntax.ts';

/** The last private-use plane: no tokenizer has these as text. */
const firstCharacter = 0x10f800;

/**
 * The character that stands for each control token of a family's markers in its grammars, by the token's text. The
 * vocabulary that a grammar sees has to spell these tokens by their characters, so that a marker which is a control
 * token is admitted as that token only, never as its letters. The same texts always get the same characters.
 */
export function assignControlCharacters(
  controlTexts: Iterable<string>,
  { syntax, reasoning }: { syntax: ToolCallSyntax; reasoning: ReasoningSyntax | undefined },
): ReadonlyMap<string, string> {
  const markers = markersOf(syntax, reasoning);
  const texts = [...new Set(controlTexts)].filter(
    (text) => text !== '' && markers.some((marker) => marker.includes(text)),
  );
  return new Map(texts.sort().map((text, index) => [text, String.fromCodePoint(firstCharacter + index)]));
}
