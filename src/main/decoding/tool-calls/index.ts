/**
 * Tool calls and reasoning: how each model family writes them, read from the stream of an answer, bound by a grammar,
 * and given back to the templates as past turns. Called by `engines` and `inference`. Pure: knows no vocabulary, no
 * template engine and no request; those come in as texts and functions.
 */
export { AnswerParser, type AnswerParserOptions } from './answer-parser.ts';
export type { AnswerEvent } from './call-writer.ts';
export type { AnswerPiece } from './control-alphabet.ts';
export { assignControlCharacters } from './control-characters.ts';
export { detectReasoning, detectSyntax, findPrimer } from './detect-syntax.ts';
export { buildToolGrammar, type ToolGrammar, type ToolGrammarOptions } from './grammar/tool-grammar.ts';
export { toTemplateTurns } from './past-turns.ts';
export type { ReasoningSyntax, ToolCallSyntax } from './syntax.ts';
export { probeTemplate, type RenderTemplate, type TemplateTraits } from './template-traits.ts';
