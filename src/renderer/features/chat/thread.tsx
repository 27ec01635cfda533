import { useEffect, useRef, useState, type JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { Button } from '../../ui/button.tsx';
import { AnswerView } from './answer-view.tsx';
import type { ChatState } from './chat-state.ts';

/** Nearer to the end than this counts as being at the end, in pixels. */
const endDistance = 24;

interface ThreadProps {
  chat: ChatState;
  models: readonly ModelSummary[];
  retry: () => void;
}

/** The turns, oldest first. The view follows the stream only while it stands at the end. */
export function Thread({ chat, models, retry }: ThreadProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [isAway, setAway] = useState(false);

  useEffect(() => {
    const element = scroller.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [chat]);

  function track(): void {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < endDistance;
    follows.current = isAtEnd;
    setAway(!isAtEnd);
  }

  function goToEnd(): void {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }

  return (
    <div className="thread-place">
      <div
        ref={scroller}
        className="thread-scroll"
        onScroll={track}
        tabIndex={0}
        role="region"
        aria-label="Conversation"
      >
        <div className="thread">
          {chat.turns.map((turn, index) =>
            turn.role === 'user' ? (
              <article key={index} className="question" aria-label="You">
                <p>{turn.text}</p>
              </article>
            ) : (
              <AnswerView
                key={index}
                answer={turn}
                model={models.find(({ id, isDefault }) => (turn.model === undefined ? isDefault : id === turn.model))}
                retry={index === chat.turns.length - 1 ? retry : undefined}
              />
            ),
          )}
        </div>
      </div>
      {isAway && (
        <div className="thread-newest">
          <Button size="small" icon="down" onClick={goToEnd}>
            Newest
          </Button>
        </div>
      )}
    </div>
  );
}
