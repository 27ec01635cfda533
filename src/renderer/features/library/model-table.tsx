import { Fragment, type JSX, type KeyboardEvent } from 'react';
import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import { useNow } from '../../control/use-now.ts';
import { formatBytes, formatCount, formatRate } from '../../format/format-number.ts';
import { toLibraryLine, toStateText } from '../../format/model-line.ts';
import { ModelGlyph } from '../../ui/model-glyph.tsx';
import { ProgressBar } from '../../ui/meters.tsx';
import { abilityTags } from './passport-words.ts';
import { groupModels } from './model-groups.ts';
import { runMainAction, type LibraryActions } from './model-actions.ts';
import { toModelName } from '#shared/domain/model-name.ts';

interface ModelTableProps {
  models: readonly ModelSummary[];
  selected: string | undefined;
  select: (model: string) => void;
  actions: LibraryActions;
}

/** The models in groups. Up and Down select, Enter loads or chats, Delete removes from the library. */
export function ModelTable({ models, selected, select, actions }: ModelTableProps): JSX.Element {
  const groups = groupModels(models);
  return (
    <table className="model-table" role="grid" aria-label="Models">
      <thead>
        <tr>
          <th scope="col" className="model-table-glyph">
            <span className="visually-hidden">State</span>
          </th>
          <th scope="col">Name</th>
          <th scope="col" className="model-table-can">
            Can do
          </th>
          <th scope="col" className="model-table-number model-table-context">
            Context
          </th>
          <th scope="col" className="model-table-number">
            On disk
          </th>
          <th scope="col" className="model-table-number model-table-speed">
            tok/s
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <Fragment key={group.title}>
            <tr className="model-table-group">
              <th colSpan={6} scope="rowgroup">
                {group.title}
              </th>
            </tr>
            {group.models.map((model) => (
              <TableRow
                key={model.id}
                model={model}
                isSelected={model.id === selected}
                select={() => select(model.id)}
                actions={actions}
              />
            ))}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

/** Measured, never guessed. */
function toSpeed({ passport }: ModelSummary): string {
  const rate = passport?.isCurrent ? passport.decodeTokensPerSecond : null;
  return typeof rate === 'number' ? formatRate(rate) : '–';
}

interface TableRowProps {
  model: ModelSummary;
  isSelected: boolean;
  select: () => void;
  actions: LibraryActions;
}

function TableRow({ model, isSelected, select, actions }: TableRowProps): JSX.Element {
  const now = useNow();
  const { facts, status } = model;
  return (
    <tr
      className="model-table-row"
      aria-selected={isSelected}
      tabIndex={isSelected ? 0 : -1}
      onClick={select}
      onFocus={select}
      onDoubleClick={() => runMainAction(model, actions)}
      onKeyDown={(event) => handleKey(event, model, actions)}
    >
      <td className="model-table-glyph">
        <ModelGlyph model={model} />
        <span className="visually-hidden">{toStateText(model)}</span>
      </td>
      <td>
        <div className="model-table-name">
          <bdi className="medium truncate">{toModelName(model)}</bdi>
          <span className="small tertiary">{facts.quantization}</span>
          {model.isDefault && <span className="tag tag-accent">Default</span>}
        </div>
        {status.state === 'loading' ? (
          <div className="model-table-progress">
            <ProgressBar
              label={`Loading ${toModelName(model)}`}
              progress={status.progress}
              text={`${Math.floor(status.progress * 100)} percent`}
            />
          </div>
        ) : (
          <div className={`small truncate ${status.state === 'failed' ? 'model-table-wrong' : 'tertiary'}`}>
            {toLibraryLine(model, now)}
          </div>
        )}
      </td>
      <td className="model-table-can">
        <Abilities model={model} />
      </td>
      <td className="model-table-number model-table-context tabular">
        {facts.trainedContext === null ? '–' : formatCount(facts.trainedContext)}
      </td>
      <td className="model-table-number tabular">{formatBytes(model.sizeBytes)}</td>
      <td className="model-table-number model-table-speed tabular">{toSpeed(model)}</td>
    </tr>
  );
}

/** Dotted tags are what the file declares; the others were measured here. */
function Abilities({ model }: { model: ModelSummary }): JSX.Element {
  const { kind, names, all } = modelCapabilities(model);
  const special = names.flatMap((name) => {
    const word = abilityTags[name];
    return word === undefined ? [] : [{ word, isVerified: all[name].evidence === 'verified' }];
  });
  const isVerified = all.completion.evidence === 'verified' || all.embeddings.evidence === 'verified';
  const tags = special.length > 0 ? special : [{ word: kindWords[kind], isVerified }];
  return (
    <span className="model-table-tags">
      {tags.map((tag) => (
        <span key={tag.word} className={`tag ${tag.isVerified ? '' : 'tag-declared'}`}>
          {tag.word}
          <span className="visually-hidden">{tag.isVerified ? ', measured' : ', as its file says'}</span>
        </span>
      ))}
    </span>
  );
}

const kindWords = { chat: 'Chat', completion: 'Text', embedding: 'Embed', rerank: 'Rerank' } as const;

function handleKey(event: KeyboardEvent<HTMLElement>, model: ModelSummary, actions: LibraryActions): void {
  const rows = [...document.querySelectorAll<HTMLElement>('.model-table-row')];
  const index = rows.indexOf(event.currentTarget);
  const keys: Record<string, () => void> = {
    ArrowDown: () => rows[index + 1]?.focus(),
    ArrowUp: () => rows[index - 1]?.focus(),
    Home: () => rows[0]?.focus(),
    End: () => rows.at(-1)?.focus(),
    Enter: () => runMainAction(model, actions),
    Backspace: () => actions.forget(model),
    Delete: () => actions.forget(model),
  };
  const run = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
  if (!run) return;
  event.preventDefault();
  run();
}
