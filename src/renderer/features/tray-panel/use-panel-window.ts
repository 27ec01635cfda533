import { useEffect, type RefObject } from 'react';
import { findBridge } from '../../control/bridge.ts';
import { useControl } from '../../control/control-context.ts';

/**
 * The popover's window follows the height of its content, and Escape hides it. In a browser there is no such window
 * and nothing happens.
 */
export function usePanelWindow(panel: RefObject<HTMLElement | null>): void {
  const { client } = useControl();

  useEffect(() => {
    const element = panel.current;
    if (!findBridge() || !element) return;
    let height = 0;
    const observer = new ResizeObserver(() => {
      const wanted = toContentHeight(element);
      if (wanted === height || wanted < 1) return;
      height = wanted;
      client.command('shell.resizePopover', { height }).catch((error: unknown) => window.reportError(error));
    });
    for (const part of element.querySelectorAll('[data-panel-part]')) observer.observe(part);
    return () => observer.disconnect();
  }, [client, panel]);

  useEffect(() => {
    if (!findBridge()) return;
    const hide = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role=menu], dialog')) return;
      client.command('shell.hidePopover', {}).catch((error: unknown) => window.reportError(error));
    };
    window.addEventListener('keydown', hide);
    return () => window.removeEventListener('keydown', hide);
  }, [client]);
}

/** The height at which nothing scrolls: the sum of the parts' own heights. */
function toContentHeight(panel: HTMLElement): number {
  const parts = [...panel.querySelectorAll<HTMLElement>('[data-panel-part]')];
  return Math.ceil(parts.reduce((sum, part) => sum + part.offsetHeight, 0));
}
