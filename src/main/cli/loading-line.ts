import type { ControlClient } from '#shared/control/client.ts';
import type { Output } from './output.ts';

/** Shows on a terminal how far the load of a model is, until the returned function is called; later calls do nothing. */
export function showLoading(client: ControlClient, output: Output): () => void {
  if (!output.canRedraw) return () => undefined;
  const unsubscribe = client.signal('models.changed', (models) => {
    for (const { id, status } of models) {
      if (status.state === 'loading') output.redraw(`Loading ${id} … ${Math.round(status.progress * 100)} %`);
    }
  });
  let isShown = true;
  return () => {
    if (!isShown) return;
    isShown = false;
    unsubscribe();
    output.redraw('');
  };
}
