import { useEffect } from 'react';
import { useControl, type Control } from '../control/control-context.ts';
import { toApiBase } from '../format/copy-examples.ts';
import { useMessages, type Messages } from '../ui/messages.tsx';

type Action = (control: Control, messages: Messages) => void;

const goTo = (page: string): Action => {
  return () => {
    window.location.hash = `#/${page}`;
  };
};

/** Key names with Mod (⌘ on macOS, Ctrl elsewhere); capitals mean Shift. */
const modShortcuts: Record<string, Action> = {
  '1': goTo('home'),
  '2': goTo('chat'),
  '3': goTo('library'),
  '4': goTo('logs'),
  ',': goTo('settings'),
  o: goTo('library?import'),
  f: () => document.querySelector<HTMLElement>('[data-page-search]')?.focus(),
  C: copyBaseUrl,
  P: togglePause,
};

/** The shortcuts that work on every page of the window. F6 goes to the next region. */
export function useShortcuts(): void {
  const control = useControl();
  const messages = useMessages();

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'F6') {
        event.preventDefault();
        focusNextRegion(event.shiftKey ? -1 : 1);
        return;
      }
      if (event.altKey || !(event.metaKey || event.ctrlKey)) return;
      const key = event.shiftKey ? event.key.toUpperCase() : event.key;
      const action = Object.hasOwn(modShortcuts, key) ? modShortcuts[key] : undefined;
      if (!action) return;
      event.preventDefault();
      action(control, messages);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [control, messages]);
}

function copyBaseUrl({ signals }: Control, { showToast }: Messages): void {
  const server = signals.get('server.changed');
  if (!server) return;
  void navigator.clipboard.writeText(toApiBase(server.baseUrl)).then(() => showToast({ text: 'Base URL copied' }));
}

function togglePause({ signals, client }: Control, { announce }: Messages): void {
  const isPaused = signals.get('server.changed')?.phase === 'paused';
  client
    .command(isPaused ? 'server.resume' : 'server.pause', {})
    .then(() => announce(isPaused ? 'Serving again' : 'Paused'))
    .catch((error: unknown) => announce(error instanceof Error ? error.message : String(error)));
}

/** Regions in the order of the page: sidebar, toolbar, content, inspector. */
function focusNextRegion(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
  const current = regions.findLastIndex((region) => region.contains(document.activeElement));
  const next = regions[(current + step + regions.length) % regions.length];
  const target = next?.querySelector<HTMLElement>('a, button, input, select, textarea, [tabindex]') ?? next;
  target?.focus();
}
