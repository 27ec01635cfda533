import { useSyncExternalStore } from 'react';

const pageNames = ['home', 'chat', 'library', 'logs', 'settings', 'popover'] as const;
export type PageName = (typeof pageNames)[number];

export interface Route {
  page: PageName;
  parameters: URLSearchParams;
}

/** `#/chat?model=x` becomes the page `chat` with its parameters; anything unknown is `home`. */
export function toRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const page = pageNames.find((name) => name === path.replace(/\/$/, '')) ?? 'home';
  return { page, parameters: new URLSearchParams(query) };
}

/** The route of the address bar, following it. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(followHash, () => window.location.hash);
  return toRoute(hash);
}

function followHash(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
