import type { JSX, KeyboardEvent, ReactNode } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { ModelGlyph } from './model-glyph.tsx';
import { toModelName } from '#shared/domain/model-name.ts';
import './model-row.css';

export interface ModelRowProps {
  model: ModelSummary;
  /** The second line; none makes a one-line row. */
  line?: string;
  isWrong?: boolean;
  showQuantization?: boolean;
  /** The row's main action and its name: Enter on the row, or a click anywhere on it. */
  main?: { label: string; run: () => void };
  /** Backspace or Delete on the row. */
  remove?: () => void;
  /** Buttons and figures at the end. */
  children?: ReactNode;
}

/** A model in a list: glyph of its state, name, the most useful fact, what can be done with it. */
export function ModelRow(props: ModelRowProps): JSX.Element {
  const { model, line, isWrong, showQuantization, main, remove, children } = props;
  const name = <bdi className="medium">{toModelName(model)}</bdi>;
  return (
    <li className={`model-row${line === undefined ? ' is-single' : ''}`}>
      <ModelGlyph model={model} />
      <div className="model-row-text">
        <div className="truncate">
          {main ? (
            <button
              type="button"
              className="model-row-main"
              data-row=""
              aria-label={main.label}
              onClick={main.run}
              onKeyDown={(event) => removeByKey(event, remove)}
            >
              {name}
            </button>
          ) : (
            name
          )}
          {showQuantization && <span className="model-row-quantization"> {model.facts.quantization}</span>}
        </div>
        {line !== undefined && (
          <div className={`model-row-line tabular truncate${isWrong ? ' is-wrong' : ''}`}>{line}</div>
        )}
      </div>
      <div className="model-row-actions">{children}</div>
    </li>
  );
}

/** The list around rows: Up, Down, Home and End move between them. */
export function ModelRows({ label, children }: { label: string; children: ReactNode }): JSX.Element {
  return (
    <ul className="model-rows" aria-label={label} onKeyDown={moveByKey}>
      {children}
    </ul>
  );
}

function removeByKey(event: KeyboardEvent, remove: (() => void) | undefined): void {
  if (!remove || (event.key !== 'Backspace' && event.key !== 'Delete')) return;
  event.preventDefault();
  remove();
}

/** Moves over all rows of the view, also across lists. */
function moveByKey(event: KeyboardEvent): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const index = rows.findIndex((row) => row === document.activeElement);
  if (index < 0) return;
  const targets: Record<string, number> = {
    ArrowDown: Math.min(index + 1, rows.length - 1),
    ArrowUp: Math.max(index - 1, 0),
    Home: 0,
    End: rows.length - 1,
  };
  const target = targets[event.key];
  if (target === undefined) return;
  event.preventDefault();
  rows[target]?.focus();
}
