import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { useModelActions } from '../../control/use-model-actions.ts';
import { useCommand } from '../../control/use-command.ts';
import { useSignal } from '../../control/use-signal.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { SkeletonRows } from '../../ui/empty-state.tsx';
import { Page } from '../../ui/page.tsx';
import { FirstModel } from './first-model.tsx';
import { LoadedModels } from './loaded-models.tsx';
import { MemorySection } from './memory-section.tsx';
import { RunningNow } from './running-now.tsx';
import { ServerSummary } from './server-summary.tsx';
import './home-page.css';

/** Is it on, where, what is it doing. */
export default function HomePage(): JSX.Element {
  const server = useSignal('server.changed');
  const models = useSignal('models.changed');
  const pause = useCommand('server.pause');
  const resume = useCommand('server.resume');
  const isPaused = server?.phase === 'paused';
  const error = pause.error ?? resume.error;

  return (
    <Page
      title="Home"
      tools={
        server &&
        !isPaused && (
          <Button icon="pause" working={pause.isRunning && 'Pausing…'} onClick={() => void pause.run({})}>
            Pause serving
          </Button>
        )
      }
    >
      <div className="page-body" data-region="">
        <div className="page-text">
          {error && (
            <ErrorBanner
              error={error}
              dismiss={() => {
                pause.clearError();
                resume.clearError();
              }}
            />
          )}
          {server ? (
            <>
              <ServerSummary server={server} models={models ?? []} resume={resume} />
              {models && <HomeModels server={server} models={models} />}
            </>
          ) : (
            <SkeletonRows count={3} label="Asking the server how it is" />
          )}
        </div>
      </div>
    </Page>
  );
}

function HomeModels({ server, models }: { server: ServerState; models: readonly ModelSummary[] }): JSX.Element {
  const actions = useModelActions();
  if (models.length === 0) return <FirstModel />;
  return (
    <>
      <MemorySection server={server} models={models} />
      {actions.failure && <ErrorBanner error={actions.failure.error} dismiss={actions.clearFailure} />}
      <div className="home-columns">
        <LoadedModels models={models} actions={actions} />
        <RunningNow server={server} models={models} />
      </div>
    </>
  );
}
