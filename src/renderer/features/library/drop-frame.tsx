import { useEffect, useState, type JSX } from 'react';
import { formatCounted } from '../../format/format-number.ts';

/** The whole window accepts files: while they hover, a frame says what happens when they are let go. */
export function DropFrame({ drop }: { drop: (files: readonly File[]) => void }): JSX.Element | null {
  const [count, setCount] = useState(0);

  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setCount(event.dataTransfer.items.length);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setCount(0);
    };
    const release = (event: DragEvent): void => {
      if (!event.dataTransfer || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      setCount(0);
      drop([...event.dataTransfer.files]);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', release);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', release);
    };
  }, [drop]);

  if (count === 0) return null;
  return (
    <div className="drop-frame" role="status">
      <span>Drop to look at {formatCounted(count, 'file')}</span>
    </div>
  );
}
