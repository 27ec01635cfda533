import { useEffect, useRef, type JSX } from 'react';
import type { ServerState } from '#shared/domain/server-state.ts';
import { useCommand } from '../../control/use-command.ts';
import { hasRate, toLiveRate } from '../../control/rate-history.ts';
import { useConnection, useRateHistory } from '../../control/use-signal.ts';
import { toApiBase } from '../../format/copy-examples.ts';
import { formatCounted, formatLiveRate } from '../../format/format-number.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { StateGlyph, toStateWord } from '../../ui/state-glyph.tsx';
import { PanelMenu } from './panel-menu.tsx';

/** The state in a word, the switch for serving, the address, and how fast it is going. */
export function PanelHead({ server }: { server: ServerState | undefined }): JSX.Element {
  const connection = useConnection();
  const isAway = connection.state === 'lost' || connection.state === 'unauthorized';
  const phase = isAway ? 'problem' : (server?.phase ?? 'starting');
  return (
    <header className="panel-head">
      <div className="row">
        <StateGlyph phase={phase} size={20} />
        <h1 className="grow truncate" aria-live="polite">
          {isAway ? 'Not answering' : toStateWord(phase)}
          {server && !isAway && <span className="panel-requests tabular">{toRequestText(server)}</span>}
        </h1>
        {server && !isAway && <PauseButton phase={server.phase} />}
        <PanelMenu server={server} />
      </div>
      {server && (
        <div className="panel-address">
          <CopyField text={toApiBase(server.baseUrl)} name="base URL" />
        </div>
      )}
      <RateLine server={server} isAway={isAway} />
    </header>
  );
}

function toRequestText(server: ServerState): string {
  if (server.phase === 'paused') return 'clients get 503';
  const running = server.activeRequests > 0 ? formatCounted(server.activeRequests, 'request') : '';
  const waiting = server.queuedRequests > 0 ? `${server.queuedRequests} waiting` : '';
  return [running, waiting].filter(Boolean).join(' · ');
}

function PauseButton({ phase }: { phase: ServerState['phase'] }): JSX.Element {
  const pause = useCommand('server.pause');
  const resume = useCommand('server.resume');
  const button = useRef<HTMLDivElement>(null);
  const isPaused = phase === 'paused';
  const command = isPaused ? resume : pause;

  useEffect(() => {
    const focus = (): void => button.current?.querySelector('button')?.focus();
    focus();
    window.addEventListener('focus', focus);
    return () => window.removeEventListener('focus', focus);
  }, []);

  return (
    <div ref={button}>
      <Button
        size="small"
        kind={isPaused ? 'primary' : 'plain'}
        icon={isPaused ? 'play' : 'pause'}
        working={command.isRunning && (isPaused ? 'Resuming…' : 'Pausing…')}
        onClick={() => void command.run({})}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      {command.error && <ErrorBanner error={command.error} dismiss={command.clearError} />}
    </div>
  );
}

/** Tokens per second with their two minutes; an error takes its place; nothing when nothing ran. */
function RateLine({ server, isAway }: { server: ServerState | undefined; isAway: boolean }): JSX.Element | null {
  const history = useRateHistory();
  if (isAway) return <Sentence text="Impetus is not answering. Trying again by itself." />;
  if (server?.phase === 'problem') return <Sentence text={server.problem ?? 'Something is wrong: see the log.'} />;
  if (!server || !hasRate(history)) return null;
  return (
    <div className="panel-rate">
      <div className="tabular">
        <span className="figure">{formatLiveRate(toLiveRate(server))}</span> <span className="tertiary">tok/s</span>
      </div>
      <Sparkline history={history} width={200} height={34} />
    </div>
  );
}

function Sentence({ text }: { text: string }): JSX.Element {
  return (
    <p className="panel-sentence" role="alert">
      <Icon name="error" />
      <span>{text}</span>
    </p>
  );
}
