import { findBridge } from '../../control/bridge.ts';
import { useControl } from '../../control/control-context.ts';

/** Opens a page of the window: the desktop's own window where there is one, else in this tab. */
export function useOpenPage(): (page: string) => void {
  const { client } = useControl();
  return (page) => {
    if (!findBridge()) {
      window.location.hash = `#/${page}`;
      return;
    }
    client.command('shell.openWindow', { page }).catch((error: unknown) => window.reportError(error));
  };
}
