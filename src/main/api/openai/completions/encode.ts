import type { Collected } from '../../collect.ts';
import type { AnswerHead } from '../answer.ts';
import { CompletionLogprobs, type Echo } from '../logprobs.ts';
import { pickBest } from './best-of.ts';
import { encodeFinishReason, encodeTimings, encodeUsage, sumFinishes } from '../usage.ts';

export interface CompletionShape {
  /** Choices per prompt that are generated, and that are returned. */
  generated: number;
  kept: number;
  /** What to put before the answers, one per generated choice; undefined without `echo`. */
  echoes: readonly Echo[] | undefined;
  withLogprobs: boolean;
}

/** The whole answer. */
export function encodeTextCompletion(head: AnswerHead, shape: CompletionShape, choices: readonly Collected[]): string {
  const totals = sumFinishes(
    choices.map(({ finish }) => finish),
    shape.generated,
  );
  const reasoningTokens = choices.reduce((sum, choice) => sum + choice.reasoningTokens, 0);
  return JSON.stringify({
    id: head.id,
    object: 'text_completion',
    created: head.created,
    model: head.model,
    system_fingerprint: head.fingerprint,
    choices: pickBest(withEchoes(choices, shape), shape).map((choice, index) => ({
      text: `${choice.echo?.text ?? ''}${choice.reasoning}${choice.text}`,
      index,
      logprobs: shape.withLogprobs ? encodeLogprobs(choice) : null,
      finish_reason: encodeFinishReason(choice.finish.reason),
    })),
    usage: encodeUsage(totals.usage, reasoningTokens),
    timings: encodeTimings(totals),
  });
}

interface EchoedChoice extends Collected {
  echo: Echo | undefined;
}

function withEchoes(choices: readonly Collected[], { echoes }: CompletionShape): EchoedChoice[] {
  return choices.map((choice, index) => ({ ...choice, echo: echoes?.[index] }));
}

function encodeLogprobs({ probabilities, promptProbabilities, echo }: EchoedChoice): object {
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
