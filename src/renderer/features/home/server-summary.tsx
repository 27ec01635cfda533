import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { defaultSettings } from '#shared/domain/settings.ts';
import type { RunningCommand } from '../../control/use-command.ts';
import { useNow } from '../../control/use-now.ts';
import { useRateHistory, useSignal } from '../../control/use-signal.ts';
import { hasRate, toLiveRate } from '../../control/rate-history.ts';
import { toApiBase, toCurlExample } from '../../format/copy-examples.ts';
import { formatCounted, formatLiveRate } from '../../format/format-number.ts';
import { formatDuration } from '../../format/format-time.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { StateGlyph, toStateWord } from '../../ui/state-glyph.tsx';

interface ServerSummaryProps {
  server: ServerState;
  models: readonly ModelSummary[];
  resume: RunningCommand<'server.resume'>;
}

/** The state word, the facts behind it, the address to give to clients, and the live rate. */
export function ServerSummary({ server, models, resume }: ServerSummaryProps): JSX.Element {
  const isPaused = server.phase === 'paused';
  const example = models.find((model) => model.isDefault)?.id;
  return (
    <section className="home-summary" aria-label="Server">
      <div className="home-state">
        <div className="row">
          <StateGlyph phase={server.phase} size={20} />
          <span className="headline" role="status">
            {toStateWord(server.phase)}
          </span>
          <Facts server={server} models={models} />
        </div>
        {isPaused && (
          <div className="home-paused">
            <p>Clients get 503 with Retry-After. Models stay on disk, memory is free.</p>
            <Button
              kind="primary"
              icon="play"
              working={resume.isRunning && 'Resuming…'}
              onClick={() => void resume.run({})}
            >
              Resume
            </Button>
          </div>
        )}
        <div className="home-address">
          <span className="mono">{toApiBase(server.baseUrl)}</span>
          <CopyButton kind={isPaused ? 'plain' : 'primary'} text={toApiBase(server.baseUrl)} name="base URL">
            Copy base URL
          </CopyButton>
        </div>
        <div className="home-clients">
          <span>For any client that speaks the OpenAI API.</span>
          <CopyButton kind="quiet" size="small" text={toCurlExample(server.baseUrl, example)} name="curl example">
            Copy curl example
          </CopyButton>
        </div>
        {server.phase === 'problem' && <Banner kind="error" title={server.problem ?? 'Something is wrong.'} />}
        <PortNote server={server} />
      </div>
      <Rate server={server} />
    </section>
  );
}

function Facts({ server, models }: Omit<ServerSummaryProps, 'resume'>): JSX.Element {
  const now = useNow();
  const loaded = models.filter(({ status }) => status.state === 'loaded').length;
  const facts = [
    server.activeRequests > 0 ? `${formatCounted(server.activeRequests, 'request')} running` : 'no requests',
    server.queuedRequests > 0 ? `${formatCounted(server.queuedRequests, 'request')} waiting` : undefined,
    loaded > 0 ? `${formatCounted(loaded, 'model')} in memory` : 'nothing in memory',
    `up ${formatDuration(now - Date.parse(server.startedAt))}`,
  ];
  return <span className="secondary tabular">{facts.filter(Boolean).join(' · ')}</span>;
}

/** Said when the port asked for was taken, so that clients get the new address. */
function PortNote({ server }: { server: ServerState }): JSX.Element | null {
  const wanted = useSignal('settings.changed')?.port;
  if (wanted === undefined || wanted === server.port || wanted !== defaultSettings.port) return null;
  return (
    <Banner kind="note" title={`Impetus answers on port ${server.port}.`}>
      <p>The usual port is {wanted}. Clients need this address.</p>
    </Banner>
  );
}

function Rate({ server }: { server: ServerState }): JSX.Element {
  const history = useRateHistory();
  return (
    <div className="home-rate">
      <div className="home-rate-line tabular">
        <span className="figure">{formatLiveRate(toLiveRate(server))}</span>
        <span className="secondary">tokens per second</span>
        <span className="tertiary small">last 2 min</span>
      </div>
      {hasRate(history) ? <Sparkline history={history} width={292} height={52} /> : <div className="home-idle" />}
    </div>
  );
}
