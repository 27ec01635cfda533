import type { ModelState } from '#shared/domain/model.ts';
import { formatCount, formatCounted, formatRate, unitSpace } from '../../format/format-number.ts';
import { formatSeconds } from '../../format/format-time.ts';
import { toTokensPerSecond, type AssistantTurn } from './chat-state.ts';

/** The line beside the model's name: what it is doing, or what was measured. Only figures of this answer. */
export function toAnswerFacts(answer: AssistantTurn, model: ModelState | undefined): string {
  const { progress } = answer;
  const speed = toTokensPerSecond(answer);
  const rate = speed === undefined ? undefined : `${formatRate(speed)}${unitSpace}tok/s`;
  switch (progress.state) {
    case 'waiting':
      return model?.state === 'loading'
        ? `loading the model, ${Math.floor(model.progress * 100)}${unitSpace}%`
        : 'waiting for its turn';
    case 'reading':
      return `reading, ${formatCount(progress.processedTokens)} of ${formatCounted(progress.totalTokens, 'token')}`;
    case 'writing':
      return ['writing', rate].filter(Boolean).join(' · ');
    case 'done':
      return [
        rate,
        formatCounted(progress.usage.completionTokens, 'token'),
        `${formatSeconds(progress.timings.queueMs + progress.timings.prefillMs)} to first token`,
        toReuseText(progress.usage),
      ]
        .filter(Boolean)
        .join(' · ');
    case 'stopped':
      return [rate, formatCounted(answer.tokens, 'token'), 'stopped'].filter(Boolean).join(' · ');
    case 'failed':
      return answer.tokens > 0 ? `${formatCounted(answer.tokens, 'token')} · ended early` : 'no answer';
  }
}

/** Why the answer ends where it does, when that is not the model's own choice. */
export function toEndText({ progress }: AssistantTurn): string | undefined {
  if (progress.state !== 'done' || progress.reason !== 'length') return undefined;
  return 'The limit of tokens ended this answer. Raise it under Parameters.';
}

/** The last whole sentence, for screen readers: a stream is read by sentence, not by token. */
export function toLastSentence(text: string, isEnded: boolean): string {
  const sentences = text.match(/[^.!?。！？\n]+[.!?。！？\n]+/g);
  if (isEnded) return text.slice(sentences ? sentences.join('').length : 0).trim() || (sentences?.at(-1)?.trim() ?? '');
  return sentences?.at(-1)?.trim() ?? '';
}

function toReuseText({ promptTokens, cachedTokens }: { promptTokens: number; cachedTokens: number }): string {
  if (cachedTokens === 0) return '';
  return `${formatCount(cachedTokens)} of ${formatCount(promptTokens)} prompt tokens reused`;
}
