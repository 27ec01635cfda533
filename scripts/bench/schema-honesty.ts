import { parseJson, readChatAnswer } from './chat-answer.ts';
import { mapAtOnce, postJson, type JsonAnswer } from './json-client.ts';
import { judgeTexts, type Judgement, type SuiteSchema } from './schema-judges.ts';

/**
 * `enforced`: valid in the view of every sound judge. `cut`: it ended at the token limit and said so. `refused`: a 4xx.
 * `told`: invalid, but the answer's headers named the keyword that was not held. `wrong`: invalid, and nothing said so.
 */
const fates = ['enforced', 'refused', 'cut', 'told', 'wrong', 'unjudged', 'failed'] as const;
export type Fate = (typeof fates)[number];

export interface SchemaOutcome {
  file: string;
  description: string;
  seed: number;
  fate: Fate;
  /** For all but `enforced`: what was answered. */
  why?: string;
}

const maxTokens = 96;
/** As many as the servers have slots. */
const width = 4;

/** Asks for every schema with every seed, then judges all answers. */
export async function runSchemas(
  { root, url }: { root: string; url: string },
  entries: readonly SuiteSchema[],
  seeds: readonly number[],
): Promise<SchemaOutcome[]> {
  const requests = entries.flatMap((entry) => seeds.map((seed) => ({ entry, seed })));
  const asked = await mapAtOnce(requests, width, async ({ entry, seed }) => ({
    ...{ entry, seed },
    answer: await postJson(`${url}/v1/chat/completions`, toRequest(entry.schema, seed)),
  }));
  const ended = asked.flatMap((one) => {
    const text = endedJson(one.answer);
    return text === undefined ? [] : [{ one, text }];
  });
  const judgements = judgeTexts(
    root,
    ended.map(({ one, text }) => ({ entry: one.entry, texts: [text] })),
  );
  const byRequest = new Map(ended.map(({ one }, index) => [one, judgements[index]]));
  return asked.map((one) => {
    const { entry, seed } = one;
    return { file: entry.file, description: entry.description, seed, ...decideFate(one.answer, byRequest.get(one)) };
  });
}

export function countFates(outcomes: readonly SchemaOutcome[]): Record<Fate, number> {
  const counts = Object.fromEntries(fates.map((fate) => [fate, 0])) as Record<Fate, number>;
  for (const { fate } of outcomes) counts[fate]++;
  return counts;
}

/** `judgement`: of an answer that ended as JSON. */
export function decideFate(answer: JsonAnswer, judgement: Judgement | undefined): Pick<SchemaOutcome, 'fate' | 'why'> {
  const { status, body, applied } = answer;
  if (status !== 200) return { fate: status >= 400 && status < 500 ? 'refused' : 'failed', why: shorten(body) };
  const { content, finishReason } = readChatAnswer(body);
  if (finishReason === 'length') return { fate: 'cut', why: shorten(content) };
  if (!judgement) return { fate: 'wrong', why: `no JSON: ${shorten(content)}` };
  const judges = Object.values(judgement);
  if (judges.length === 0) return { fate: 'unjudged' };
  const error = judges.map(([text]) => text).find((text) => text !== null);
  if (error === undefined) return { fate: 'enforced' };
  const isTold = /response_format|schema/.test(applied);
  return { fate: isTold ? 'told' : 'wrong', why: `${shorten(content)}: ${error}` };
}

function endedJson({ status, body }: JsonAnswer): string | undefined {
  if (status !== 200) return undefined;
  const { content, finishReason } = readChatAnswer(body);
  return finishReason !== 'length' && parseJson(content) ? content : undefined;
}

function toRequest(schema: unknown, seed: number): unknown {
  return {
    messages: [{ role: 'user', content: 'Give one short example of such a value as JSON.' }],
    ...{ max_tokens: maxTokens, temperature: 0.8, seed },
    response_format: { type: 'json_schema', json_schema: { name: 'value', strict: true, schema } },
  };
}

function shorten(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 200);
}
