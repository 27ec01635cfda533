import type { PassportCheck, PassportCheckId, PassportVerdict } from '#shared/domain/passport.ts';
import type { CapabilityName } from '#shared/domain/model-capabilities.ts';
import { formatBytes, formatCount, formatRate, unitSpace } from '../../format/format-number.ts';
import type { IconName } from '../../ui/icon.tsx';

/** What a check is about, in a few words. */
export const checkNames: Record<PassportCheckId, string> = {
  template: 'Chat template',
  tokenizer: 'Text to tokens and back',
  answer: 'Writes text',
  speed: 'Speed',
  'stop-text': 'Stop texts',
  'json-schema': 'JSON schema',
  'tools-required': 'Tool call when required',
  'tools-named': 'A named tool',
  'tools-none': 'No tool when forbidden',
  'tools-auto': 'Tool call by itself',
  'tools-parallel': 'Several tools at once',
  'tool-result': 'Answers a tool’s result',
  reasoning: 'Reasoning',
  'reasoning-off': 'Reasoning switched off',
  infill: 'Fills in the middle',
  embeddings: 'Embeddings',
  repeatable: 'Same seed, same answer',
  'beside-others': 'Same answer beside others',
  needle: 'Finds text',
  context: 'Whole context',
  memory: 'Peak memory',
  vision: 'Images',
};

/** A verdict in its own shape and word; colour only repeats it. */
export const verdictWords: Record<PassportVerdict, { word: string; icon: IconName }> = {
  pass: { word: 'works', icon: 'check' },
  fail: { word: 'does not', icon: 'close' },
  'not-applicable': { word: 'not for this model', icon: 'minus' },
  'not-measured': { word: 'not measured', icon: 'minus' },
};

/** How the figure of a check is told, from the figures it stands on. */
const outcomes: Partial<Record<PassportCheckId, { figures: string[]; toText: (...figures: number[]) => string }>> = {
  'json-schema': { figures: ['valid', 'asked'], toText: (valid = 0, asked = 0) => `${valid} of ${asked}` },
  needle: { figures: ['found', 'asked'], toText: (found = 0, asked = 0) => `${found} of ${asked}` },
  speed: { figures: ['decodeTokensPerSecond'], toText: (rate = 0) => `${formatRate(rate)}${unitSpace}tok/s` },
  context: { figures: ['longestPromptTokens'], toText: (tokens = 0) => `${formatCount(tokens)}${unitSpace}tokens` },
  memory: { figures: ['peakBytes'], toText: (bytes = 0) => formatBytes(bytes) },
};

/** The short end of a line: figures where there are some, else the verdict in a word. */
export function toOutcome({ id, verdict, figures }: PassportCheck): string {
  const outcome = outcomes[id];
  const known = outcome?.figures.flatMap((name) => figures[name] ?? []) ?? [];
  if (!outcome || known.length < outcome.figures.length) return verdictWords[verdict].word;
  return outcome.toText(...known);
}

/** What Impetus does about something that a model cannot. */
const remedies: Partial<Record<PassportCheckId, string>> = {
  'tools-auto': 'It calls tools only when a request demands it, so lists do not offer it to agents.',
  'tools-parallel': 'Clients can hold it to one call an answer: parallel_tool_calls false.',
  'beside-others': 'For the same answer every time, send its requests one after the other.',
  template: 'Requests that its template cannot take are refused with the reason.',
};

/** One sentence for each failed check that Impetus has an answer to. */
export function toRemedies(checks: readonly PassportCheck[]): string[] {
  return checks.flatMap(({ id, verdict }) => (verdict === 'fail' ? (remedies[id] ?? []) : []));
}

/** The checks that stand in the short list, in its order. */
const telling: readonly PassportCheckId[] = [
  'tools-auto',
  'tools-required',
  'tools-parallel',
  'json-schema',
  'reasoning',
  'infill',
  'needle',
  'repeatable',
  'embeddings',
];

/** What tells models apart: passed and failed ones; what is not for a model says nothing. */
export function toTelling(checks: readonly PassportCheck[]): PassportCheck[] {
  return telling.flatMap((id) => checks.find((check) => check.id === id && isDecided(check)) ?? []);
}

function isDecided({ verdict }: PassportCheck): boolean {
  return verdict === 'pass' || verdict === 'fail';
}

/** What a row of the library shows of the abilities; what nearly every model can is left out. */
export const abilityTags: Partial<Record<CapabilityName, string>> = {
  tools: 'Tools',
  reasoning: 'Reasoning',
  infill: 'Infill',
  rerank: 'Rerank',
};
