import type { JSX } from 'react';
import { EmptyState } from '../../ui/empty-state.tsx';

/** Shown in place of memory and requests while there is no model at all. */
export function FirstModel(): JSX.Element {
  return (
    <EmptyState
      icon="library"
      title="No models yet"
      action={
        <a className="button button-primary button-medium" href="#/library?import">
          Import a file
        </a>
      }
    >
      <p>Any GGUF file from this machine will do. It is used in place, nothing is copied.</p>
    </EmptyState>
  );
}
