import { useCallback, useMemo, useState, useSyncExternalStore, type JSX } from 'react';
import { useKept } from '../../control/control-context.ts';
import { formatCounted } from '../../format/format-number.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { EmptyState, SkeletonRows } from '../../ui/empty-state.tsx';
import { SearchField, Select, type Choice } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { filterLines, toPlainText, type LevelChoice, type LogLine } from './log-lines.ts';
import { LogDetails } from './log-details.tsx';
import { LogList } from './log-list.tsx';
import { LogTail } from './log-tail.ts';
import './logs-page.css';

const levels: Choice<LevelChoice>[] = [
  { value: 'all', label: 'All levels' },
  { value: 'debug', label: 'Debug and above' },
  { value: 'info', label: 'Info and above' },
  { value: 'warn', label: 'Warnings and errors' },
  { value: 'error', label: 'Errors only' },
];

/** What the server writes down, live. */
export default function LogsPage(): JSX.Element {
  const tail = useKept('log-tail', ({ client }) => new LogTail(client));
  const subscribe = useCallback((listener: () => void) => tail.subscribe(listener), [tail]);
  const { lines, heldBack, isPaused, error } = useSyncExternalStore(subscribe, () => tail.get());
  const [level, setLevel] = useState<LevelChoice>('all');
  const [text, setText] = useState('');
  const [opened, setOpened] = useState<LogLine>();
  const shown = useMemo(() => filterLines(lines ?? [], { level, text }), [lines, level, text]);

  return (
    <Page
      title="Logs"
      fact={isPaused ? `paused, ${formatCounted(heldBack.length, 'new line')}` : undefined}
      tools={
        <>
          <SearchField label="Filter" value={text} onChange={(event) => setText(event.target.value)} />
          <Select label="Level" choices={levels} value={level} onChange={setLevel} />
          <Button
            icon={isPaused ? 'play' : 'pause'}
            aria-pressed={isPaused}
            onClick={() => (isPaused ? tail.resume() : tail.pause())}
          >
            {isPaused ? 'Follow' : 'Pause'}
          </Button>
          <CopyButton text={toPlainText(shown)} name="log">
            Copy
          </CopyButton>
        </>
      }
    >
      <div className="logs" data-region="">
        {error && <ErrorBanner error={error} />}
        {!lines && !error && <SkeletonRows count={6} label="Reading the log" />}
        {lines && shown.length === 0 && (
          <NothingToShow
            isEmpty={lines.length === 0}
            showAll={() => {
              setLevel('all');
              setText('');
            }}
          />
        )}
        {shown.length > 0 && <LogList lines={shown} isFollowing={!isPaused} opened={opened?.number} open={setOpened} />}
        {opened && <LogDetails entry={opened.entry} close={() => setOpened(undefined)} />}
      </div>
    </Page>
  );
}

function NothingToShow({ isEmpty, showAll }: { isEmpty: boolean; showAll: () => void }): JSX.Element {
  if (isEmpty) {
    return (
      <EmptyState icon="log" title="No lines yet">
        <p>Lines appear here as the server writes them. A request to the API writes one.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="log" title="No line matches" action={<Button onClick={showAll}>Show all lines</Button>}>
      <p>The filter looks at messages, rooms, request ids and fields.</p>
    </EmptyState>
  );
}
