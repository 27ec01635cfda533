import { useEffect, useState, type JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ModelActions } from '../../control/use-model-actions.ts';
import { formatBytes } from '../../format/format-number.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { ProgressBar } from '../../ui/meters.tsx';
import { ModelRow, ModelRows } from '../../ui/model-row.tsx';
import { toSwitchRows } from './switch-rows.ts';
import { useOpenPage } from './use-open-page.ts';
import { toModelName } from '#shared/domain/model-name.ts';

/** Models one key or click away from memory. Typing a letter anywhere turns the list into a filter. */
export function SwitchSection({
  models,
  actions,
}: {
  models: readonly ModelSummary[];
  actions: ModelActions;
}): JSX.Element {
  const [filter, setFilter] = useState('');
  const openPage = useOpenPage();
  const rows = toSwitchRows(models, filter);

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isLetter = event.key.length === 1 && /\S/.test(event.key);
      if (!isLetter || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement || document.querySelector('[role=menu], dialog')) return;
      setFilter((text) => text + event.key);
      event.preventDefault();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  return (
    <section className="panel-section">
      <div className="section-head">
        <h2>Switch to</h2>
        <button type="button" className="link-button small" onClick={() => openPage('library')}>
          All models
        </button>
      </div>
      {filter !== '' && (
        <SearchField
          label="Filter models"
          value={filter}
          autoFocus
          onChange={(event) => setFilter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            setFilter('');
          }}
        />
      )}
      {rows.length === 0 && (
        <p className="panel-nothing">{filter === '' ? 'Every model is in memory.' : `No model matches “${filter}”.`}</p>
      )}
      <ModelRows label="Models to switch to">
        {rows.map((model) => (
          <SwitchRow key={model.id} model={model} load={() => actions.load(model.id)} />
        ))}
      </ModelRows>
      {actions.failure && <ErrorBanner error={actions.failure.error} dismiss={actions.clearFailure} />}
    </section>
  );
}

function SwitchRow({ model, load }: { model: ModelSummary; load: () => void }): JSX.Element {
  const { status } = model;
  if (status.state === 'loading') {
    const percent = Math.floor(status.progress * 100);
    return (
      <ModelRow model={model}>
        <span className="panel-loading">
          <ProgressBar label={`Loading ${toModelName(model)}`} progress={status.progress} text={`${percent} percent`} />
          <span className="small tabular secondary">{percent}&nbsp;%</span>
        </span>
      </ModelRow>
    );
  }
  const main = { label: `Load ${toModelName(model)}, ${formatBytes(model.sizeBytes)}`, run: load };
  if (status.state === 'failed') return <ModelRow model={model} main={main} line={status.message} isWrong />;
  return (
    <ModelRow model={model} main={main}>
      <span className="small tertiary tabular">{formatBytes(model.sizeBytes)}</span>
    </ModelRow>
  );
}
