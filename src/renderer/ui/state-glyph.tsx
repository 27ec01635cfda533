import type { JSX } from 'react';
import type { ServerState } from '#shared/domain/server-state.ts';

export type StateWord = 'Starting' | 'Ready' | 'Busy' | 'Paused' | 'Problem' | 'Stopping' | 'Not answering';

const words = {
  starting: 'Starting',
  ready: 'Ready',
  busy: 'Busy',
  paused: 'Paused',
  problem: 'Problem',
  stopping: 'Stopping',
} satisfies Record<ServerState['phase'], StateWord>;

export function toStateWord(phase: ServerState['phase']): StateWord {
  return words[phase];
}

const push = <path d="M3.2 13.4 6.4 2.6" strokeWidth="2.2" />;
const drawings = {
  starting: <circle cx="11" cy="9" r="3.4" strokeWidth="1.7" strokeDasharray="2.2 2.1" />,
  ready: <circle cx="11" cy="9" r="3.4" strokeWidth="1.7" />,
  busy: <circle className="icon-fill" cx="11" cy="9" r="4.2" />,
  paused: <path d="M8.6 13.4 11.8 2.6" strokeWidth="2.2" />,
  problem: (
    <>
      <path d="M11 3.6v5" strokeWidth="2.2" />
      <circle className="icon-fill" cx="11" cy="12.4" r="1.3" />
    </>
  ),
  stopping: <circle cx="11" cy="9" r="3.4" strokeWidth="1.7" strokeDasharray="2.2 2.1" />,
} satisfies Record<ServerState['phase'], JSX.Element>;

/** The brand mark in the shape of the server's state: a slanted bar and what it pushes. */
export function StateGlyph({ phase, size = 16 }: { phase: ServerState['phase']; size?: 16 | 20 }): JSX.Element {
  return (
    <svg className={`icon icon-${size} state-glyph state-${phase}`} viewBox="0 0 16 16" aria-hidden="true">
      {push}
      {drawings[phase]}
    </svg>
  );
}
