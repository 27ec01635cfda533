import { memo, useEffect, useRef, useState, type JSX, type KeyboardEvent } from 'react';
import { formatClock } from '../../format/format-time.ts';
import { formatCounted } from '../../format/format-number.ts';
import { Button } from '../../ui/button.tsx';
import { useStyleVariable } from '../../ui/use-style-variable.ts';
import { toFieldText, toRowText, type LogLine } from './log-lines.ts';

const rowHeight = 20;
/** Rows drawn above and below what is visible. */
const spare = 20;

interface LogListProps {
  lines: readonly LogLine[];
  isFollowing: boolean;
  /** Number of the line whose fields are shown. */
  opened: number | undefined;
  open: (line: LogLine) => void;
}

/** Thousands of lines, drawn only where one looks; stays at the end while it stands there. */
export function LogList({ lines, isFollowing, opened, open }: LogListProps): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [seen, setSeen] = useState<number>();
  const first = Math.max(0, Math.floor(view.top / rowHeight) - spare);
  const last = Math.min(lines.length, Math.ceil((view.top + view.height) / rowHeight) + spare);
  const space = useStyleVariable('--log-height', `${lines.length * rowHeight}px`);
  const offset = useStyleVariable('--log-offset', `${first * rowHeight}px`);
  const newest = lines.at(-1)?.number ?? 0;

  useEffect(() => {
    const element = scroller.current;
    if (element && follows.current && isFollowing) element.scrollTop = element.scrollHeight;
  }, [lines, isFollowing]);

  function look(): void {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight;
    if (follows.current && !isAtEnd) setSeen(newest);
    if (isAtEnd) setSeen(undefined);
    follows.current = isAtEnd;
    setView({ top: element.scrollTop, height: element.clientHeight });
  }

  function goToEnd(): void {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }

  function moveByKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || opened === undefined) return;
    const next = lines[lines.findIndex((line) => line.number === opened) + step];
    if (!next) return;
    event.preventDefault();
    open(next);
  }

  const fresh = seen === undefined ? 0 : newest - seen;
  return (
    <div className="log-place">
      <div
        ref={scroller}
        className="log-scroll"
        role="log"
        aria-live="off"
        aria-label="Log lines"
        tabIndex={0}
        onScroll={look}
        onKeyDown={moveByKey}
      >
        <div ref={space} className="log-space">
          <div ref={offset} className="log-window">
            {lines.slice(first, last).map((line) => (
              <LogRow key={line.number} line={line} isOpened={line.number === opened} open={open} />
            ))}
          </div>
        </div>
      </div>
      {fresh > 0 && (
        <div className="log-newest">
          <Button size="small" icon="down" onClick={goToEnd}>
            {formatCounted(fresh, 'new line')}
          </Button>
        </div>
      )}
    </div>
  );
}

interface LogRowProps {
  line: LogLine;
  isOpened: boolean;
  open: (line: LogLine) => void;
}

const LogRow = memo(function LogRow({ line, isOpened, open }: LogRowProps): JSX.Element {
  const { entry } = line;
  return (
    <button type="button" className={`log-row log-${entry.level}`} aria-pressed={isOpened} onClick={() => open(line)}>
      <span className="log-time">{formatClock(entry.time)}</span>
      <span className="log-level">{entry.level}</span>
      <span className="log-room">{entry.room}</span>
      <span className="log-message">
        {toRowText(entry)} <span className="log-fields">{toFieldText(entry)}</span>
      </span>
    </button>
  );
});
