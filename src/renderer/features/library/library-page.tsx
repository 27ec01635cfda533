import { useState, type JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { useSignal } from '../../control/use-signal.ts';
import { formatBytes, formatCounted } from '../../format/format-number.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { EmptyState, SkeletonRows } from '../../ui/empty-state.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { DropFrame } from './drop-frame.tsx';
import { ImportDialog } from './import-dialog.tsx';
import type { LibraryActions } from './model-actions.ts';
import { filterModels, groupModels } from './model-groups.ts';
import { ModelInspector } from './model-inspector.tsx';
import { ModelTable } from './model-table.tsx';
import { useImport } from './use-import.ts';
import { useModelTest } from './use-model-test.ts';
import { useLibraryActions } from './use-library-actions.ts';
import './library-page.css';

export interface LibraryPageProps {
  /** Wire id of the model to show first. */
  model: string | undefined;
  opensImport: boolean;
}

/** What do I have, where does it stand, what can be done with it. */
export default function LibraryPage({ model: wanted, opensImport }: LibraryPageProps): JSX.Element {
  const models = useSignal('models.changed');
  const imports = useImport();
  const [filter, setFilter] = useState('');
  const [selected, setSelected] = useState(wanted);
  const [isInspecting, setInspecting] = useState(() => window.innerWidth >= 900);
  const [isImporting, setImporting] = useState(opensImport);
  const openImport = (): void => setImporting(true);

  return (
    <Page
      title="Library"
      fact={toFact(models ?? [])}
      tools={
        <>
          <SearchField label="Filter" value={filter} onChange={(event) => setFilter(event.target.value)} />
          <Button kind="primary" icon="import" onClick={openImport}>
            Import
          </Button>
          <IconButton
            icon="panel"
            label="Details"
            aria-pressed={isInspecting}
            onClick={() => setInspecting((isOpen) => !isOpen)}
          />
        </>
      }
    >
      {models ? (
        <Models {...{ models, filter, setFilter, selected, setSelected, isInspecting, setInspecting, openImport }} />
      ) : (
        <SkeletonRows count={5} label="Reading the library" />
      )}
      <DropFrame
        drop={(files) => {
          imports.addFiles(files);
          openImport();
        }}
      />
      {isImporting && (
        <ImportDialog
          imports={imports}
          close={() => {
            setImporting(false);
            imports.clear();
          }}
          show={(id) => {
            setSelected(id);
            setFilter('');
          }}
        />
      )}
    </Page>
  );
}

interface ModelsProps {
  models: readonly ModelSummary[];
  filter: string;
  setFilter: (filter: string) => void;
  selected: string | undefined;
  setSelected: (model: string) => void;
  isInspecting: boolean;
  setInspecting: (isInspecting: boolean) => void;
  openImport: () => void;
}

/** The list and, beside it, the details of the chosen model, else of the first one. */
function Models(props: ModelsProps): JSX.Element {
  const { models, filter, setSelected, setInspecting } = props;
  const actions = useLibraryActions();
  const test = useModelTest();
  const shown = filterModels(models, filter);
  const current = models.find(({ id }) => id === props.selected) ?? groupModels(shown)[0]?.models[0];
  const details = props.isInspecting ? current : undefined;
  return (
    <div className="with-inspector" data-inspector={details ? 'open' : 'closed'}>
      <div className="page-body library-list" data-region="">
        {actions.failure && <ErrorBanner error={actions.failure} dismiss={actions.clearFailure} />}
        <ModelList {...{ ...props, shown, actions, current: current?.id, select: setSelected }} />
      </div>
      {details && <ModelInspector model={details} actions={actions} test={test} close={() => setInspecting(false)} />}
    </div>
  );
}

interface ModelListProps extends Pick<ModelsProps, 'models' | 'filter' | 'setFilter' | 'openImport'> {
  shown: readonly ModelSummary[];
  actions: LibraryActions;
  current: string | undefined;
  select: (model: string) => void;
}

function ModelList({ models, shown, filter, setFilter, openImport, ...table }: ModelListProps): JSX.Element {
  if (models.length === 0) return <NoModels importFile={openImport} />;
  if (shown.length === 0) return <NoMatch filter={filter} clear={() => setFilter('')} />;
  return <ModelTable models={shown} selected={table.current} select={table.select} actions={table.actions} />;
}

function toFact(models: readonly ModelSummary[]): string | undefined {
  if (models.length === 0) return undefined;
  const bytes = models.reduce((sum, model) => sum + model.sizeBytes, 0);
  return `${formatCounted(models.length, 'model')} · ${formatBytes(bytes)}`;
}

function NoModels({ importFile }: { importFile: () => void }): JSX.Element {
  return (
    <EmptyState icon="library" title="No models yet" action={<Button onClick={importFile}>Import a file</Button>}>
      <p>Any GGUF file from this machine will do. It is used in place, nothing is copied.</p>
    </EmptyState>
  );
}

function NoMatch({ filter, clear }: { filter: string; clear: () => void }): JSX.Element {
  return (
    <EmptyState
      icon="search"
      title={`No model matches “${filter}”.`}
      action={<Button onClick={clear}>Clear filter</Button>}
    >
      <p>The filter looks at names, ids and aliases.</p>
    </EmptyState>
  );
}
