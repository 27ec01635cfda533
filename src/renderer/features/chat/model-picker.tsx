import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { Select, type Choice } from '../../ui/fields.tsx';
import { ModelGlyph } from '../../ui/model-glyph.tsx';
import { toStateText } from '../../format/model-line.ts';
import { toModelName } from '#shared/domain/model-name.ts';

interface ModelPickerProps {
  models: readonly ModelSummary[];
  /** Wire id; undefined means the default model. */
  chosen: string | undefined;
  choose: (model: string | undefined) => void;
}

/** Which model answers: the default, or any of the library with its state in words. */
export function ModelPicker({ models, chosen, choose }: ModelPickerProps): JSX.Element {
  const standard = models.find((model) => model.isDefault);
  const current = chosen === undefined ? standard : models.find((model) => model.id === chosen);
  const choices: Choice<string>[] = models.map((model) => ({
    value: model.id,
    label: `${toModelName(model)} · ${toStateText(model)}`,
  }));
  if (!current) choices.unshift({ value: '', label: chosen ?? 'No default model' });
  return (
    <Select
      label="Model"
      lead={current && <ModelGlyph model={current} />}
      choices={choices}
      value={current?.id ?? ''}
      onChange={(id) => choose(id === '' || (id === standard?.id && chosen === undefined) ? undefined : id)}
    />
  );
}
