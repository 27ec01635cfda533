import { useState, type JSX } from 'react';
import type { ServerState } from '#shared/domain/server-state.ts';
import { findBridge } from '../../control/bridge.ts';
import { useControl } from '../../control/control-context.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { ConfirmQuit } from '../../ui/confirm-quit.tsx';
import { useOpenPage } from './use-open-page.ts';

/** The ways out: the window, a chat, the settings, the end. */
export function PanelFoot({ server }: { server: ServerState | undefined }): JSX.Element {
  const { client } = useControl();
  const openPage = useOpenPage();
  const [isAsking, setAsking] = useState(false);

  /** The desktop asks by itself, in the system's own dialog. */
  function quit(): void {
    if (!findBridge()) {
      setAsking(true);
      return;
    }
    client.command('shell.quit', {}).catch((error: unknown) => window.reportError(error));
  }

  function shutDown(): void {
    setAsking(false);
    client.command('server.shutdown', {}).catch((error: unknown) => window.reportError(error));
  }

  return (
    <footer className="panel-foot">
      <Button kind="quiet" size="small" icon="window" onClick={() => openPage('home')}>
        Open Impetus
      </Button>
      <Button kind="quiet" size="small" icon="chat" onClick={() => openPage('chat')}>
        Chat
      </Button>
      <span className="grow" />
      <IconButton icon="gear" label="Settings" size="small" onClick={() => openPage('settings')} />
      <IconButton icon="power" label="Quit Impetus" size="small" onClick={quit} />
      {isAsking && (
        <ConfirmQuit activeRequests={server?.activeRequests ?? 0} quit={shutDown} close={() => setAsking(false)} />
      )}
    </footer>
  );
}
