import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { toModelName } from '#shared/domain/model-name.ts';

const examples = [
  'Write a haiku about a quiet server.',
  'Explain what a context window is to a ten-year-old.',
  'List three uses of a local language model.',
];

interface ChatEmptyProps {
  models: readonly ModelSummary[] | undefined;
  chosen: string | undefined;
  ask: (text: string) => void;
}

/** Before the first question: three that work as they stand, or why none can be asked. */
export function ChatEmpty({ models, chosen, ask }: ChatEmptyProps): JSX.Element {
  const model = models?.find(({ id, isDefault }) => (chosen === undefined ? isDefault : id === chosen));
  if (models?.length === 0) {
    return (
      <div className="chat-empty">
        <EmptyState
          icon="chat"
          title="No chat model yet"
          action={
            <a className="button button-primary button-medium" href="#/library?import">
              Import a file
            </a>
          }
        >
          <p>Any GGUF file with a chat template will do.</p>
        </EmptyState>
      </div>
    );
  }
  return (
    <div className="chat-empty">
      <EmptyState
        icon="chat"
        title={model ? `Ask ${toModelName(model)}` : 'Ask a model'}
        action={examples.map((example) => (
          <Button key={example} kind="quiet" onClick={() => ask(example)}>
            {example}
          </Button>
        ))}
      >
        <p>Nothing you type leaves this machine. The conversation is kept until you close the window.</p>
      </EmptyState>
    </div>
  );
}
