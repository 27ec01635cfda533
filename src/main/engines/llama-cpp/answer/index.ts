/**
 * One answer under control: what its tokens say, which of them a format, a tool or a thinking budget allows or forces.
 * Called by the instance and by each run, beside sampling. Knows no context, no sequence and no step.
 */
export { AnswerMaker } from './answer-maker.ts';
export { controlTokensOf } from './control-tokens.ts';
export { AnswerReader, type ReadEvents } from './answer-reader.ts';
export type { AnswerMarkers } from './model-grammars.ts';
