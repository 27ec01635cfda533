import type { Collected } from '../../collect.ts';
import type { AnswerHead } from '../answer.ts';
import { CompletionLogprobs, type Echo } from '../logprobs.ts';
import { encodeFinishReason, encodeTimings, encodeUsage, sumFinishes } from '../usage.ts';

export interface CompletionShape {
  choicesPerPrompt: number;
  /** What to put before the answers, one per choice; undefined without `echo`. */
  echoes: readonly Echo[] | undefined;
  withLogprobs: boolean;
}

/** The whole answer. */
export function encodeTextCompletion(head: AnswerHead, shape: CompletionShape, choices: readonly Collected[]): string {
  const totals = sumFinishes(
    choices.map(({ finish }) => finish),
    shape.choicesPerPrompt,
  );
  const reasoningTokens = choices.reduce((sum, choice) => sum + choice.reasoningTokens, 0);
  return JSON.stringify({
    id: head.id,
    object: 'text_completion',
    created: head.created,
    model: head.model,
    system_fingerprint: head.fingerprint,
    choices: choices.map((choice, index) => {
      const echo = shape.echoes?.[index];
      return {
        text: `${echo?.text ?? ''}${choice.reasoning}${choice.text}`,
        index,
        logprobs: shape.withLogprobs ? encodeLogprobs(choice, echo) : null,
        finish_reason: encodeFinishReason(choice.finish.reason),
      };
    }),
    usage: encodeUsage(totals.usage, reasoningTokens),
    timings: encodeTimings(totals),
  });
}

function encodeLogprobs({ probabilities, promptProbabilities }: Collected, echo: Echo | undefined): object {
  const logprobs = new CompletionLogprobs();
  const before = echo && logprobs.encodeEcho(echo, promptProbabilities);
  const answer = logprobs.encode(probabilities);
  if (!before) return answer;
  return {
    tokens: [...before.tokens, ...answer.tokens],
    token_logprobs: [...before.token_logprobs, ...answer.token_logprobs],
    top_logprobs: [...before.top_logprobs, ...answer.top_logprobs],
    text_offset: [...before.text_offset, ...answer.text_offset],
  };
}
