import type { JSX } from 'react';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import { IconButton } from '../../ui/button.tsx';
import { CopyIconButton } from '../../ui/copy.tsx';

/** All fields of one line. */
export function LogDetails({ entry, close }: { entry: LogEntry; close: () => void }): JSX.Element {
  const text = JSON.stringify(entry, null, 2);
  return (
    <section className="log-details" aria-label="Fields of the line">
      <div className="row">
        <h2 className="grow truncate">{entry.message || entry.room}</h2>
        <CopyIconButton text={text} name="line" />
        <IconButton icon="close" label="Close fields" size="small" onClick={close} />
      </div>
      <pre tabIndex={0} aria-label="Fields as JSON">
        {text}
      </pre>
    </section>
  );
}
