import type { JSX } from 'react';
import type { LedgerPart } from '../format/memory-ledger.ts';
import { useStyleVariable } from './use-style-variable.ts';
import './meters.css';

/** How far something is, 0 to 1; `text` says it in words: "42 percent". */
export function ProgressBar(props: { label: string; progress: number; text: string }): JSX.Element {
  const percent = Math.round(props.progress * 100);
  const bar = useStyleVariable('--part', `${percent}%`);
  return (
    <div
      className="track"
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={props.text}
    >
      <b ref={bar} />
    </div>
  );
}

/** The machine's memory: other apps grey, one solid part per model, free as the empty track. `text` says all of it. */
export function MemoryLedger(props: { parts: readonly LedgerPart[]; text: string; isSmall?: boolean }): JSX.Element {
  return (
    <div className={`ledger${props.isSmall ? ' ledger-small' : ''}`} role="img" aria-label={props.text}>
      {props.parts.map((part, index) => (
        <LedgerSegment key={index} part={part} />
      ))}
    </div>
  );
}

function LedgerSegment({ part }: { part: LedgerPart }): JSX.Element {
  const segment = useStyleVariable('--part', String(Math.round(part.bytes / 1e6)));
  return <i ref={segment} className={`ledger-${part.kind}`} />;
}

/** Tokens of the context in use: accent below 60 %, amber from 60 %, red from 75 %. */
export function ContextBar(props: { used: number; size: number; text: string }): JSX.Element {
  const share = props.size === 0 ? 0 : Math.min(1, props.used / props.size);
  const bar = useStyleVariable('--part', `${(share * 100).toFixed(1)}%`);
  const level = share >= 0.75 ? 'full' : share >= 0.6 ? 'near' : 'calm';
  return (
    <span
      className={`context-bar context-${level}`}
      role="meter"
      aria-label="Context used"
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={props.text}
    >
      <b ref={bar} />
    </span>
  );
}
