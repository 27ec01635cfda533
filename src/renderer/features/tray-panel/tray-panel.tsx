import { useRef, type JSX } from 'react';
import { useModelActions } from '../../control/use-model-actions.ts';
import { useSignal } from '../../control/use-signal.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { MemorySection } from './memory-section.tsx';
import { PanelFoot } from './panel-foot.tsx';
import { PanelHead } from './panel-head.tsx';
import { SwitchSection } from './switch-section.tsx';
import { useOpenPage } from './use-open-page.ts';
import { usePanelWindow } from './use-panel-window.ts';
import './tray-panel.css';

/** The popover of the tray, 360 px wide: is it on, where, what is in memory, what else could be. */
export default function TrayPanel(): JSX.Element {
  const server = useSignal('server.changed');
  const models = useSignal('models.changed');
  const actions = useModelActions();
  const panel = useRef<HTMLElement>(null);
  usePanelWindow(panel);

  return (
    <main ref={panel} className="panel">
      <div data-panel-part="">
        <PanelHead server={server} />
      </div>
      <div className="panel-middle">
        <div data-panel-part="">
          {models?.length === 0 && <FirstRun />}
          {server && models && models.length > 0 && (
            <>
              <MemorySection server={server} models={models} unload={actions.unload} />
              <SwitchSection models={models} actions={actions} />
            </>
          )}
        </div>
      </div>
      <div data-panel-part="">
        <PanelFoot server={server} />
      </div>
    </main>
  );
}

function FirstRun(): JSX.Element {
  const openPage = useOpenPage();
  return (
    <section className="panel-section">
      <EmptyState
        icon="library"
        title="No models yet"
        action={
          <Button kind="primary" icon="import" onClick={() => openPage('library')}>
            Import a file
          </Button>
        }
      >
        <p>A GGUF file from this machine is enough. It is used in place, nothing is copied.</p>
      </EmptyState>
    </section>
  );
}
