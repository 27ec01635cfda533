import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { toModelName } from '#shared/domain/model-name.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyIconButton } from '../../ui/copy.tsx';
import { isAnswerOpen, type AssistantTurn } from './chat-state.ts';
import { toAnswerFacts, toEndText, toLastSentence } from './answer-text.ts';
import { MarkdownView } from './markdown/markdown-view.tsx';

interface AnswerViewProps {
  answer: AssistantTurn;
  model: ModelSummary | undefined;
  /** Given for the last answer only. */
  retry: (() => void) | undefined;
}

/** One answer: who wrote it and how fast, the text so far, how it ended. */
export function AnswerView({ answer, model, retry }: AnswerViewProps): JSX.Element {
  const { progress, text, reasoning, toolCalls } = answer;
  const isOpen = isAnswerOpen(answer);
  const name = model ? toModelName(model) : (answer.model ?? 'Model');
  return (
    <article className="answer" aria-label={name} aria-busy={isOpen} data-state={progress.state}>
      <div className="answer-who">
        <b>
          <bdi>{name}</bdi>
        </b>
        <span className="tabular">{toAnswerFacts(answer, model?.status)}</span>
      </div>
      {reasoning !== '' && (
        <details className="answer-thinking">
          <summary>Thinking</summary>
          <p>{reasoning}</p>
        </details>
      )}
      {text !== '' && <MarkdownView text={text} />}
      {toolCalls.map((call) => (
        <code key={call.id} className="answer-call">
          {call.name}({call.arguments})
        </code>
      ))}
      {isOpen && <span className="caret" aria-hidden="true" />}
      <div className="visually-hidden" aria-live="polite">
        {toLastSentence(text, !isOpen)}
      </div>
      {!isOpen && <AnswerEnd answer={answer} retry={retry} />}
    </article>
  );
}

/** How it ended, and what can be done about it. */
function AnswerEnd({ answer, retry }: Pick<AnswerViewProps, 'answer' | 'retry'>): JSX.Element {
  const { progress, text } = answer;
  if (progress.state === 'failed') {
    return (
      <>
        {text !== '' && <p className="answer-end">The answer ended early. What you see is kept.</p>}
        <ErrorBanner
          error={AppError.fromWire(progress.error)}
          action={
            retry && (
              <Button icon="retry" onClick={retry}>
                Try again
              </Button>
            )
          }
        />
      </>
    );
  }
  const end = toEndText(answer);
  return (
    <>
      {end !== undefined && (
        <p className="answer-end" role="status">
          {end}
        </p>
      )}
      <div className="answer-actions">
        {text !== '' && <CopyIconButton text={text} name="answer" />}
        {retry && <IconButton icon="retry" label="Try again" size="small" onClick={retry} />}
      </div>
    </>
  );
}
