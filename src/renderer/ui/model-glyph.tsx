import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';

const square = <rect x="3" y="3" width="10" height="10" rx="2.4" />;

/** Empty: on disk. Filled: in memory. Filled from below: loading. Crossed: did not load. */
export function ModelGlyph({ model }: { model: Pick<ModelSummary, 'status' | 'trust'> }): JSX.Element {
  const { state } = model.status;
  const isLive = state === 'loaded' || state === 'loading' || state === 'unloading';
  return (
    <svg className={`icon icon-16 model-glyph${isLive ? ' is-live' : ''}`} viewBox="0 0 16 16" aria-hidden="true">
      {toDrawing(state, model.trust)}
    </svg>
  );
}

function toDrawing(state: ModelSummary['status']['state'], trust: ModelSummary['trust']): JSX.Element {
  if (state === 'loaded') return <rect className="icon-fill" x="3" y="3" width="10" height="10" rx="2.4" />;
  if (state === 'loading' || state === 'unloading') {
    return (
      <>
        {square}
        <path className="icon-fill" d="M3.7 8h8.6v3a1.6 1.6 0 0 1-1.6 1.6H5.3A1.6 1.6 0 0 1 3.7 11z" />
      </>
    );
  }
  if (state === 'failed' || trust === 'quarantined') {
    return (
      <>
        {square}
        <path d="m6 6 4 4M10 6l-4 4" />
      </>
    );
  }
  return square;
}
