import { useLayoutEffect, useRef, useState, type JSX, type KeyboardEvent } from 'react';
import { Button } from '../../ui/button.tsx';

interface ComposerProps {
  isFirst: boolean;
  isBusy: boolean;
  /** No model to ask. */
  isUnusable: boolean;
  send: (text: string) => void;
  stop: () => void;
}

/** Where the next question is written. Enter sends, Shift Enter makes a line, Esc stops the answer. */
export function Composer({ isFirst, isBusy, isUnusable, send, stop }: ComposerProps): JSX.Element {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.setProperty('height', 'auto');
    element.style.setProperty('height', `${Math.min(element.scrollHeight, 200)}px`);
  }, [text]);

  function submit(): void {
    if (isBusy || isUnusable || text.trim() === '') return;
    send(text);
    setText('');
  }

  function handleKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        aria-label="Message"
        placeholder={isFirst ? 'Ask something' : 'Ask a follow-up'}
        data-first-focus=""
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={handleKey}
      />
      <div className="composer-actions">
        {isBusy ? (
          <>
            <kbd aria-hidden="true">esc</kbd>
            <Button size="small" icon="stop" onClick={stop}>
              Stop
            </Button>
          </>
        ) : (
          <>
            <kbd aria-hidden="true">↵</kbd>
            <Button size="small" icon="send" kind="primary" submit disabledReason={toReason(text, isUnusable)}>
              Send
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

function toReason(text: string, isUnusable: boolean): string | undefined {
  if (isUnusable) return 'There is no model yet: import one first.';
  return text.trim() === '' ? 'Write something first.' : undefined;
}
