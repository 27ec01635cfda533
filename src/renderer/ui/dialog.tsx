import { useEffect, useId, useRef, type JSX, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import './dialog.css';

export interface DialogProps {
  /** The question or the name of the task. */
  title: string;
  close: () => void;
  /** `alertdialog` for a question that stops other work. */
  role?: 'dialog' | 'alertdialog';
  children: ReactNode;
}

/**
 * A modal over the page, by the browser's own dialog element: focus is kept inside and given back, Esc closes.
 * Rendered only while it is open.
 */
export function Dialog({ title, close, role = 'dialog', children }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  return createPortal(
    <dialog
      ref={element}
      className="dialog"
      role={role}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>,
    document.body,
  );
}

/** The last line of a dialog: a destructive choice at the start, the safe default at the end. */
export function DialogActions({ start, children }: { start?: ReactNode; children: ReactNode }): JSX.Element {
  return (
    <div className="dialog-actions">
      {start}
      <span className="grow" />
      {children}
    </div>
  );
}
