import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { useNow } from '../../control/use-now.ts';
import { formatBytes } from '../../format/format-number.ts';
import { toLedgerParts, toLedgerText } from '../../format/memory-ledger.ts';
import { toMemoryLine } from '../../format/model-line.ts';
import { IconButton } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { MemoryLedger } from '../../ui/meters.tsx';
import { ModelRow, ModelRows } from '../../ui/model-row.tsx';
import { useOpenPage } from './use-open-page.ts';
import { toModelName } from '#shared/domain/model-name.ts';

const shownRows = 4;

interface MemorySectionProps {
  server: ServerState;
  models: readonly ModelSummary[];
  unload: (model: string) => void;
}

/** What is in memory now, what it costs, and how much is left. */
export function MemorySection({ server, models, unload }: MemorySectionProps): JSX.Element {
  const loaded = models.filter(({ status }) => status.state === 'loaded' || status.state === 'unloading');
  const parts = toLedgerParts(server.memory, models);
  return (
    <section className="panel-section">
      <div className="section-head">
        <h2>In memory</h2>
        {loaded.length > 0 && (
          <span className="tertiary small tabular">{formatBytes(server.memory.usedByModelsBytes)}</span>
        )}
      </div>
      {loaded.length === 0 ? (
        <p className="panel-nothing">Nothing. A model loads on its first request.</p>
      ) : (
        <LoadedRows models={loaded} unload={unload} />
      )}
      <MemoryLedger parts={parts} text={toLedgerText(server.memory, parts)} isSmall />
      <div className="panel-memory tabular">
        <span>{formatBytes(server.memory.availableBytes)} free for models</span>
        <span>{formatBytes(server.memory.totalBytes)}</span>
      </div>
    </section>
  );
}

function LoadedRows({ models, unload }: Omit<MemorySectionProps, 'server'>): JSX.Element {
  const now = useNow();
  const openPage = useOpenPage();
  const hidden = models.length - shownRows;
  return (
    <>
      <ModelRows label="Models in memory">
        {models.slice(0, shownRows).map((model) => (
          <ModelRow
            key={model.id}
            model={model}
            line={toMemoryLine(model, now)}
            main={{ label: `Chat with ${toModelName(model)}`, run: () => openPage('chat') }}
            remove={() => unload(model.id)}
          >
            <Icon name="chat" />
            <IconButton
              icon="eject"
              size="small"
              label={`Unload ${toModelName(model)}${toGain(model)}`}
              onClick={() => unload(model.id)}
            />
          </ModelRow>
        ))}
      </ModelRows>
      {hidden > 0 && (
        <button type="button" className="link-button small" onClick={() => openPage('library')}>
          {hidden} more
        </button>
      )}
    </>
  );
}

function toGain(model: ModelSummary): string {
  return model.status.state === 'loaded' ? `, frees ${formatBytes(model.status.memoryBytes)}` : '';
}
