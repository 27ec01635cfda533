import { lazy, Suspense, useCallback, useEffect, useRef, useState, type JSX } from 'react';
import { findBridge } from '../control/bridge.ts';
import { SkeletonRows } from '../ui/empty-state.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import type { PageName, Route } from './routes.ts';
import { Sidebar } from './sidebar.tsx';
import { useShortcuts } from './shortcuts.ts';
import './window-frame.css';

const HomePage = lazy(() => import('../features/home/home-page.tsx'));
const ChatPage = lazy(() => import('../features/chat/chat-page.tsx'));
const LibraryPage = lazy(() => import('../features/library/library-page.tsx'));
const LogsPage = lazy(() => import('../features/logs/logs-page.tsx'));
const SettingsPage = lazy(() => import('../features/settings/settings-page.tsx'));

type WindowPage = Exclude<PageName, 'popover'>;

const titles = {
  home: 'Home',
  chat: 'Chat',
  library: 'Library',
  logs: 'Logs',
  settings: 'Settings',
} satisfies Record<WindowPage, string>;

/** The window: sidebar, banner when the server is silent, and the page of the route. */
export default function WindowFrame({ route }: { route: Route }): JSX.Element {
  const page = route.page === 'popover' ? 'home' : route.page;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  useShortcuts();

  /** A page that came has its title; the focus moves to it unless it was the first. */
  const enter = useCallback((entered: WindowPage) => {
    document.title = `${titles[entered]} · Impetus`;
    if (shown.current === entered) return;
    shown.current = entered;
    const first = main.current?.querySelector<HTMLElement>('[data-first-focus]');
    (first ?? main.current?.querySelector<HTMLElement>('h1'))?.focus();
  }, []);

  return (
    <div className="window" data-platform={findBridge()?.platform ?? 'browser'}>
      <a className="skip-link" href="#main" onClick={(event) => skipTo(event, main.current)}>
        Skip to content
      </a>
      <Sidebar page={page} isOpen={isMenuOpen} setOpen={setMenuOpen} />
      <main ref={main} id="main" className="main" tabIndex={-1}>
        <ConnectionBanner />
        <ErrorBoundary resetKey={page}>
          <Suspense fallback={<SkeletonRows count={4} label="Reading" />}>
            {toPage(page, route.parameters)}
            <PageEntry key={page} page={page} enter={enter} />
          </Suspense>
        </ErrorBoundary>
      </main>
    </div>
  );
}

/** Tells its frame when a page is there: it suspends with the page. */
function PageEntry({ page, enter }: { page: WindowPage; enter: (page: WindowPage) => void }): null {
  useEffect(() => enter(page), [page, enter]);
  return null;
}

function toPage(page: WindowPage, parameters: URLSearchParams): JSX.Element {
  const model = parameters.get('model') ?? undefined;
  switch (page) {
    case 'home':
      return <HomePage />;
    case 'chat':
      return <ChatPage model={model} />;
    case 'library':
      return <LibraryPage model={model} opensImport={parameters.has('import')} />;
    case 'logs':
      return <LogsPage />;
    case 'settings':
      return <SettingsPage section={parameters.get('section') ?? undefined} />;
  }
}

function skipTo(event: { preventDefault: () => void }, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}
