import type { JSX } from 'react';
import type { ServerState } from '#shared/domain/server-state.ts';
import { useControl } from '../../control/control-context.ts';
import { useSignal } from '../../control/use-signal.ts';
import { formatBytes } from '../../format/format-number.ts';
import { toCurlExample } from '../../format/copy-examples.ts';
import { MoreMenu, type MenuItem } from '../../ui/menu.tsx';
import { useMessages } from '../../ui/messages.tsx';
import { useOpenPage } from './use-open-page.ts';

/** What is asked for less often: the example request, freeing all memory, the log. */
export function PanelMenu({ server }: { server: ServerState | undefined }): JSX.Element {
  const { client } = useControl();
  const { announce } = useMessages();
  const openPage = useOpenPage();
  const models = useSignal('models.changed') ?? [];
  const loaded = models.filter((model) => model.status.state === 'loaded');
  const items: MenuItem[] = [];
  if (server) {
    const example = toCurlExample(server.baseUrl, models.find((model) => model.isDefault)?.id);
    items.push({
      icon: 'copy',
      label: 'Copy curl example',
      select: () => void navigator.clipboard.writeText(example).then(() => announce('Curl example copied')),
    });
  }
  if (server && loaded.length > 0) {
    items.push({
      icon: 'eject',
      label: 'Unload all',
      effect: `frees ${formatBytes(server.memory.usedByModelsBytes)}`,
      select: () => {
        for (const model of loaded) {
          client.command('models.unload', { model: model.id }).catch((error: unknown) => announce(String(error)));
        }
      },
    });
  }
  items.push({ icon: 'log', label: 'Show the log', select: () => openPage('logs') });
  return <MoreMenu label="More" items={items} />;
}
