import { useEffect, type JSX } from 'react';
import { toLiveRate } from '../control/rate-history.ts';
import { useConnection, useSignal } from '../control/use-signal.ts';
import { formatCount, formatLiveRate } from '../format/format-number.ts';
import { IconButton } from '../ui/button.tsx';
import { Icon, type IconName } from '../ui/icon.tsx';
import { StateGlyph, toStateWord } from '../ui/state-glyph.tsx';
import type { PageName } from './routes.ts';
import './sidebar.css';

interface SidebarProps {
  page: PageName;
  /** In a narrow browser window the sidebar is a menu. */
  isOpen: boolean;
  setOpen: (isOpen: boolean) => void;
}

/** Where one can go, and at the foot how the server is. */
export function Sidebar({ page, isOpen, setOpen }: SidebarProps): JSX.Element {
  const models = useSignal('models.changed');

  useEffect(() => {
    if (!isOpen) return;
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [isOpen, setOpen]);

  const shared = { page, close: () => setOpen(false) };
  return (
    <div className="sidebar-place" data-open={isOpen}>
      <span className="sidebar-toggle">
        <IconButton icon="menu" label="Menu" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
      </span>
      <div className="sidebar" data-region="">
        <div className="sidebar-top" />
        <nav className="sidebar-nav" aria-label="Main">
          <SidebarLink name="home" label="Home" icon="home" {...shared} />
          <SidebarLink name="chat" label="Chat" icon="chat" {...shared} />
          <p className="sidebar-heading">Models</p>
          <SidebarLink name="library" label="Library" icon="library" count={models?.length} {...shared} />
          <p className="sidebar-heading">Server</p>
          <SidebarLink name="logs" label="Logs" icon="log" {...shared} />
          <span className="sidebar-gap" />
          <SidebarLink name="settings" label="Settings" icon="gear" {...shared} />
          <StateFoot />
        </nav>
      </div>
    </div>
  );
}

interface SidebarLinkProps {
  name: PageName;
  label: string;
  icon: IconName;
  count?: number | undefined;
  /** The page shown now. */
  page: PageName;
  close: () => void;
}

function SidebarLink({ name, label, icon, count, page, close }: SidebarLinkProps): JSX.Element {
  return (
    <a
      href={`#/${name}`}
      className="sidebar-link"
      aria-current={page === name ? 'page' : undefined}
      title={label}
      onClick={close}
    >
      <Icon name={icon} />
      <span className="sidebar-label">{label}</span>
      {count !== undefined && <span className="sidebar-count tabular">{formatCount(count)}</span>}
    </a>
  );
}

function StateFoot(): JSX.Element {
  const server = useSignal('server.changed');
  const connection = useConnection();
  const isAway = connection.state === 'lost' || connection.state === 'unauthorized';
  const phase = isAway ? 'problem' : (server?.phase ?? 'starting');
  const word = isAway ? 'Not answering' : toStateWord(phase);
  return (
    <a className="state-foot" href="#/home" title={word} data-state={phase}>
      <StateGlyph phase={phase} />
      <span className="sidebar-label medium">{word}</span>
      {server && toLiveRate(server) > 0 && !isAway && (
        <span className="state-foot-rate tabular">{formatLiveRate(toLiveRate(server))} tok/s</span>
      )}
      {server && <span className="state-foot-address tabular">{server.baseUrl.replace('http://', '')}</span>}
    </a>
  );
}
