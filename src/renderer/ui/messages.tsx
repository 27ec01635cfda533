import { createContext, use, useEffect, useMemo, useState, type JSX, type ReactNode } from 'react';
import { Button, IconButton } from './button.tsx';
import './messages.css';

export interface Toast {
  text: string;
  /** Offered for ten seconds instead of five. */
  undo?: (() => void) | undefined;
}

export interface Messages {
  /** Says a short sentence to screen readers, politely. */
  announce: (text: string) => void;
  /** One at a time at the bottom; for what was done, never for errors. */
  showToast: (toast: Toast) => void;
}

const MessagesContext = createContext<Messages>({ announce: () => undefined, showToast: () => undefined });

export function useMessages(): Messages {
  return use(MessagesContext);
}

/** Once per window: announcements and toasts. */
export function MessagesProvider({ children }: { children: ReactNode }): JSX.Element {
  const [said, setSaid] = useState({ text: '', count: 0 });
  const [toast, setToast] = useState<Toast>();
  const messages = useMemo<Messages>(
    () => ({
      announce: (text) => setSaid(({ count }) => ({ text, count: count + 1 })),
      showToast: setToast,
    }),
    [],
  );
  return (
    <MessagesContext value={messages}>
      {children}
      <div className="visually-hidden" role="status" aria-live="polite">
        <span key={said.count}>{said.text}</span>
      </div>
      <div className="toast-place" role="status">
        {toast && <ToastCard key={toast.text} toast={toast} close={() => setToast(undefined)} />}
      </div>
    </MessagesContext>
  );
}

function ToastCard({ toast, close }: { toast: Toast; close: () => void }): JSX.Element {
  const [isHeld, setHeld] = useState(false);
  const { undo } = toast;

  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(close, undo ? 10_000 : 5000);
    return () => clearTimeout(timer);
  }, [isHeld, undo, close]);

  return (
    <div
      className="toast"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{toast.text}</span>
      {undo && (
        <Button
          kind="quiet"
          size="small"
          onClick={() => {
            undo();
            close();
          }}
        >
          Undo
        </Button>
      )}
      <IconButton icon="close" label="Dismiss" size="small" onClick={close} />
    </div>
  );
}
