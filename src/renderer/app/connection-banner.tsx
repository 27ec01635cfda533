import type { JSX } from 'react';
import type { Connection } from '../control/connection-store.ts';
import { useNow } from '../control/use-now.ts';
import { useConnection } from '../control/use-signal.ts';
import { formatDuration } from '../format/format-time.ts';
import { Banner } from '../ui/banner.tsx';

/** Says that the server is silent, since when, and that it is being tried again; nothing while it answers. */
export function ConnectionBanner(): JSX.Element | null {
  const connection = useConnection();
  if (connection.state === 'online' || connection.state === 'connecting') return null;
  return (
    <div className="connection-banner">
      {connection.state === 'unauthorized' ? <SignInAgain /> : <NotAnswering connection={connection} />}
    </div>
  );
}

function SignInAgain(): JSX.Element {
  return (
    <Banner kind="warning" title="This page may no longer talk to Impetus">
      <p>
        The server was started again. Open the interface anew from the tray, or with <code>impetus ui</code>.
      </p>
    </Banner>
  );
}

function NotAnswering({ connection }: { connection: Connection }): JSX.Element {
  const now = useNow();
  const seen =
    connection.lastSeenAt === undefined ? '' : `Last seen ${formatDuration(now - connection.lastSeenAt)} ago. `;
  return (
    <Banner kind="error" title="Impetus is not answering.">
      <p aria-live="off">{seen}Trying again by itself.</p>
    </Banner>
  );
}
