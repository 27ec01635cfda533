import type { JSX } from 'react';
import { formatCount } from '../../format/format-number.ts';
import { ContextBar } from '../../ui/meters.tsx';
import type { AssistantTurn } from './chat-state.ts';

/** How much of the model's context the conversation takes, by the engine's own count. */
export function ContextLine({ answer }: { answer: AssistantTurn }): JSX.Element | null {
  const { promptTokens, contextSize, progress, tokens } = answer;
  if (promptTokens === undefined || contextSize === undefined) return null;
  const used =
    progress.state === 'done' ? progress.usage.promptTokens + progress.usage.completionTokens : promptTokens + tokens;
  const counts = `${formatCount(used)} of ${formatCount(contextSize)} tokens`;
  const left = `${formatCount(Math.max(0, contextSize - used))} left`;
  return (
    <div className="context-line tabular">
      <span className="secondary">{counts}</span>
      <ContextBar used={used} size={contextSize} text={`${counts}, ${left}`} />
      <span className="tertiary">{left}</span>
    </div>
  );
}
