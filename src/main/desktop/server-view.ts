import type { ControlClient } from '#shared/control/client.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { SeenServer } from './state-words.ts';

/** What the tray shows, as the server told it last. */
export interface ServerView {
  server: SeenServer;
  models: readonly ModelSummary[];
}

/**
 * Follows the server by its signals and calls `onChange` with the first view and every later one. A lost connection
 * shows as lost at once; what the server said before is not shown as true any more. Returns the unsubscribe function.
 */
export function followServer(client: ControlClient, onChange: (view: ServerView) => void): () => void {
  let view: ServerView = { server: 'connecting', models: [] };
  const change = (patch: Partial<ServerView>) => onChange((view = { ...view, ...patch }));
  const ends = [
    client.signal('server.changed', (server) => change({ server })),
    client.signal('models.changed', (models) => change({ models })),
    client.onConnectionChange((state) => {
      if (state === 'lost' || state === 'unauthorized') change({ server: 'lost', models: [] });
    }),
  ];
  onChange(view);
  return () => ends.forEach((end) => end());
}
