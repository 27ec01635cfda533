import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ModelActions } from '../../control/use-model-actions.ts';
import { useNow } from '../../control/use-now.ts';
import { formatBytes, formatCount } from '../../format/format-number.ts';
import { toModelGroup, toOccupancyText } from '../../format/model-line.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ProgressBar } from '../../ui/meters.tsx';
import { ModelRow, ModelRows } from '../../ui/model-row.tsx';
import { toModelName } from '#shared/domain/model-name.ts';

interface LoadedModelsProps {
  models: readonly ModelSummary[];
  actions: ModelActions;
}

/** What is in memory or on its way there. */
export function LoadedModels({ models, actions }: LoadedModelsProps): JSX.Element {
  const shown = models.filter((model) => toModelGroup(model) === 'memory');
  const first = models.find((model) => model.isDefault) ?? models[0];
  return (
    <section className="section" aria-labelledby="home-loaded">
      <div className="section-head">
        <h2 id="home-loaded">In memory</h2>
        <a className="small" href="#/library">
          {shown.length === 0 ? 'All models' : 'Load a model'}
        </a>
      </div>
      {shown.length === 0 && (
        <EmptyState
          icon="library"
          title="Nothing in memory"
          action={
            first && (
              <Button onClick={() => actions.load(first.id)}>
                Load <bdi>{toModelName(first)}</bdi>
              </Button>
            )
          }
        >
          <p>A model loads on its first request, or load one now.</p>
        </EmptyState>
      )}
      <ModelRows label="Models in memory">
        {shown.map((model) => (
          <LoadedRow key={model.id} model={model} unload={() => actions.unload(model.id)} />
        ))}
      </ModelRows>
    </section>
  );
}

function LoadedRow({ model, unload }: { model: ModelSummary; unload: () => void }): JSX.Element {
  const now = useNow();
  const { status } = model;
  const name = toModelName(model);
  if (status.state === 'loading') {
    const percent = Math.floor(status.progress * 100);
    return (
      <ModelRow model={model} line={`Loading ${percent} %`} showQuantization>
        <span className="home-loading">
          <ProgressBar label={`Loading ${name}`} progress={status.progress} text={`${percent} percent`} />
        </span>
      </ModelRow>
    );
  }
  if (status.state !== 'loaded') return <ModelRow model={model} line="Unloading" showQuantization />;
  const facts = [
    formatBytes(status.memoryBytes),
    `${formatCount(status.contextSize)} context`,
    status.device.toUpperCase(),
    toOccupancyText(model, now),
  ];
  return (
    <ModelRow
      model={model}
      line={facts.join(' · ')}
      showQuantization
      main={{
        label: `Chat with ${name}`,
        run: () => {
          window.location.hash = `#/chat?model=${encodeURIComponent(model.id)}`;
        },
      }}
      remove={unload}
    >
      <Icon name="chat" />
      <IconButton
        icon="eject"
        size="small"
        label={`Unload ${name}, frees ${formatBytes(status.memoryBytes)}`}
        onClick={unload}
      />
    </ModelRow>
  );
}
