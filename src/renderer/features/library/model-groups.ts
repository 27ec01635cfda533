import type { ModelSummary } from '#shared/domain/model.ts';
import { toModelGroup, type ModelGroup } from '../../format/model-line.ts';
import { toModelName } from '#shared/domain/model-name.ts';

/** Models whose name, id, architecture, quantization or alias holds the text; all of them for an empty one. */
export function filterModels(models: readonly ModelSummary[], filter: string): ModelSummary[] {
  const text = filter.trim().toLowerCase();
  return models.filter((model) => {
    const { id, aliases, facts } = model;
    const words = [id, toModelName(model), facts.name, facts.architecture, facts.quantization, ...aliases];
    return words.some((word) => word.toLowerCase().includes(text));
  });
}

const titles = {
  memory: 'In memory',
  disk: 'On disk',
  attention: 'Needs attention',
} satisfies Record<ModelGroup, string>;

/** The groups of the library in their fixed order, each by name; empty ones are left out. */
export function groupModels(models: readonly ModelSummary[]): { title: string; models: ModelSummary[] }[] {
  const order: ModelGroup[] = ['memory', 'disk', 'attention'];
  return order
    .map((group) => ({
      title: titles[group],
      models: models
        .filter((model) => toModelGroup(model) === group)
        .sort((left, right) => toModelName(left).localeCompare(toModelName(right))),
    }))
    .filter((group) => group.models.length > 0);
}
