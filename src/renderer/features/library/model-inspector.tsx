import { useEffect, type JSX, type ReactNode } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { useNow } from '../../control/use-now.ts';
import { formatBytes, formatCount, formatParameters } from '../../format/format-number.ts';
import { toOccupancyText, toStateText } from '../../format/model-line.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyIconButton } from '../../ui/copy.tsx';
import { MoreMenu } from '../../ui/menu.tsx';
import { ModelGlyph } from '../../ui/model-glyph.tsx';
import { openChat, type LibraryActions } from './model-actions.ts';
import { PassportSection } from './passport-section.tsx';
import type { ModelTest } from './use-model-test.ts';
import { toModelName } from '#shared/domain/model-name.ts';

interface ModelInspectorProps {
  model: ModelSummary;
  actions: LibraryActions;
  test: ModelTest;
  close: () => void;
}

/** Everything known about one model: only what its file says and what was measured here. */
export function ModelInspector({ model, actions, test, close }: ModelInspectorProps): JSX.Element {
  const { facts, status } = model;

  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && window.innerWidth < 900) close();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [close]);

  return (
    <aside className="inspector" aria-label={`Details of ${toModelName(model)}`} data-region="" tabIndex={-1}>
      <div>
        <div className="row small secondary" role="status">
          <ModelGlyph model={model} />
          <span className="grow">{toStateText(model)}</span>
          <span className="inspector-close">
            <IconButton icon="close" label="Close details" size="small" onClick={close} />
          </span>
        </div>
        <h2 className="headline inspector-name">
          <bdi>{toModelName(model)}</bdi>
        </h2>
        <div className="inspector-id">
          <span className="mono small tertiary">{model.id}</span>
          <CopyIconButton text={model.id} name="model id" />
        </div>
      </div>
      <InspectorActions model={model} actions={actions} />
      {status.state === 'failed' && (
        <Banner kind="error" title={status.message}>
          <p className="mono small">{status.code}</p>
        </Banner>
      )}
      {model.trust === 'quarantined' && (
        <Banner
          kind="warning"
          title="Set aside"
          actions={
            <Button size="small" onClick={() => actions.release(model.id)}>
              Give it another try
            </Button>
          }
        >
          <p>This file crashed the engine three times. It is not loaded before you say so.</p>
        </Banner>
      )}
      <PassportSection key={model.id} model={model} test={test} />
      {status.state === 'loaded' && <InMemory model={model} status={status} />}
      <Facts title="What the file says">
        <Fact name="Name">{facts.name !== toModelName(model) && facts.name}</Fact>
        <Fact name="Architecture">{facts.architecture}</Fact>
        <Fact name="Parameters">{facts.parameterCount !== null && formatParameters(facts.parameterCount)}</Fact>
        <Fact name="Quantization">{facts.quantization}</Fact>
        <Fact name="Trained context">{facts.trainedContext !== null && formatCount(facts.trainedContext)}</Fact>
        <Fact name="Layers">{facts.layerCount !== null && formatCount(facts.layerCount)}</Fact>
        <Fact name="Vocabulary">{facts.vocabularySize !== null && formatCount(facts.vocabularySize)}</Fact>
        <Fact name="Chat template">{facts.hasChatTemplate ? 'yes' : 'none'}</Fact>
        <Fact name="Context memory">
          {facts.kvBytesPerToken !== null && `${formatBytes(facts.kvBytesPerToken * 1000)} per 1,000 tokens`}
        </Fact>
      </Facts>
      <Facts title="File">
        <Fact name="Size">{formatBytes(model.sizeBytes)}</Fact>
        <Fact name="Format">{facts.format.toUpperCase()}</Fact>
        <Fact name="Checked">{model.sha256 === null ? 'header only' : `sha256 ${model.sha256.slice(0, 12)}…`}</Fact>
      </Facts>
      <div className="inspector-path">
        <span className="mono small tertiary">{model.path}</span>
        <CopyIconButton text={model.path} name="path" />
      </div>
    </aside>
  );
}

function InspectorActions({ model, actions }: Pick<ModelInspectorProps, 'model' | 'actions'>): JSX.Element {
  const { status } = model;
  const isLoaded = status.state === 'loaded';
  return (
    <div className="row">
      {isLoaded ? (
        <>
          <Button kind="primary" icon="chat" className="grow" onClick={() => openChat(model)}>
            Chat
          </Button>
          <Button icon="eject" className="grow" onClick={() => actions.unload(model.id)}>
            Unload
          </Button>
        </>
      ) : (
        <Button
          kind="primary"
          className="grow"
          working={
            (status.state === 'loading' && `Loading ${Math.floor(status.progress * 100)} %`) ||
            (status.state === 'unloading' && 'Unloading…')
          }
          onClick={() => actions.load(model.id)}
        >
          {status.state === 'failed' ? 'Try loading again' : 'Load'}
        </Button>
      )}
      <MoreMenu
        label={`More for ${toModelName(model)}`}
        items={[
          model.isDefault
            ? { icon: 'close', label: 'No longer the default', select: () => actions.setDefault(null) }
            : { icon: 'check', label: 'Make it the default', select: () => actions.setDefault(model.id) },
          {
            icon: 'trash',
            label: 'Remove from the library',
            effect: 'file stays',
            select: () => actions.forget(model),
          },
        ]}
      />
    </div>
  );
}

type Loaded = Extract<ModelSummary['status'], { state: 'loaded' }>;

function InMemory({ model, status }: { model: ModelSummary; status: Loaded }): JSX.Element {
  const now = useNow();
  return (
    <Facts title="In memory">
      <Fact name="Memory">{formatBytes(status.memoryBytes)}</Fact>
      <Fact name="Context">{formatCount(status.contextSize)}</Fact>
      <Fact name="Requests at once">{formatCount(status.slots)}</Fact>
      <Fact name="Runs on">{status.device.toUpperCase()}</Fact>
      <Fact name="Process">{toProcess(status)}</Fact>
      <Fact name="When idle">{status.activeRequests > 0 ? 'busy now' : toOccupancyText(model, now)}</Fact>
    </Facts>
  );
}

function toProcess(status: Loaded): string {
  const place = status.placement === 'child' ? 'isolated' : 'server';
  return status.pid === null ? place : `${place}, pid ${status.pid}`;
}

function Facts({ title, children }: { title: string; children: ReactNode }): JSX.Element {
  return (
    <section className="section">
      <hr />
      <h3 className="inspector-heading">{title}</h3>
      <dl className="facts tabular">{children}</dl>
    </section>
  );
}

/** A fact that is not known is left out, never guessed. */
function Fact({ name, children }: { name: string; children: ReactNode }): JSX.Element | null {
  if (children === false || children === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
