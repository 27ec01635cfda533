import { z } from 'zod';
import type { Completion } from './completion-client.ts';
import { postJson } from './json-client.ts';

/**
 * What became of an answer that was disturbed, beside the same one undisturbed. `different`: it parts from it where two
 * tokens are as good as equal, as rounding may choose. `wrong-token`: it says what the model would not say there.
 */
export type ContinuationFate = 'identical' | 'different' | 'lost' | 'wrong-token';

/** How much likelier another token may be, in nats, before this one counts as wrong. */
const tieNats = 0.05;
const tokensSchema = z.object({ tokens: z.array(z.number()) });
const probabilitiesSchema = z.object({
  choices: z.array(
    z.object({ logprobs: z.object({ top_logprobs: z.array(z.record(z.string(), z.number())).min(1) }) }),
  ),
});

export interface Continuation {
  url: string;
  prompt: readonly number[];
  calm: Completion;
  /** Undefined: it broke off. */
  hit: Completion | undefined;
}

export async function judgeContinuation({ url, prompt, calm, hit }: Continuation): Promise<ContinuationFate> {
  if (!hit || hit.completionTokens !== calm.completionTokens) return 'lost';
  if (hit.text === calm.text) return 'identical';
  const common = commonLength(calm.text, hit.text);
  const said = await tokenize(url, hit.text.slice(0, common));
  const candidates = await askForCandidates(url, [...prompt, ...said]);
  const best = Math.max(...candidates.map(([, logprob]) => logprob));
  const rest = hit.text.slice(common);
  const isTie = candidates.some(([text, logprob]) => text !== '' && rest.startsWith(text) && best - logprob < tieNats);
  return isTie ? 'different' : 'wrong-token';
}

function commonLength(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}

async function tokenize(url: string, content: string): Promise<number[]> {
  const { body } = await postJson(`${url}/tokenize`, { content, add_special: false });
  return tokensSchema.parse(body).tokens;
}

async function askForCandidates(url: string, prompt: number[]): Promise<[string, number][]> {
  const request = { prompt, max_tokens: 1, temperature: 0, logprobs: 5, ignore_eos: true };
  const { body } = await postJson(`${url}/v1/completions`, request);
  const [first] = probabilitiesSchema.parse(body).choices;
  return Object.entries(first?.logprobs.top_logprobs[0] ?? {});
}
