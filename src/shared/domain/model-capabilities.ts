import type { ModelSummary } from './model.ts';
import type { PassportCheckId, PassportSummary } from './passport.ts';

/** In the order lists show them. */
export const capabilityNames = [
  'completion',
  'chat',
  'tools',
  'json-schema',
  'reasoning',
  'infill',
  'embeddings',
  'rerank',
  'vision',
] as const;
export type CapabilityName = (typeof capabilityNames)[number];

export interface Capability {
  isAvailable: boolean;
  /** `declared`: the file says so, or Impetus enforces it for every such model. `verified`: measured on this machine. */
  evidence: 'declared' | 'verified';
}

export interface ModelCapabilities {
  /** What the model is made for. A chat model may give vectors too; its kind is `chat` still. */
  kind: 'chat' | 'completion' | 'embedding' | 'rerank';
  /** Those that are available. */
  names: CapabilityName[];
  all: Record<CapabilityName, Capability>;
}

/** All of them must pass; one that does not apply, or fails, means the model cannot. */
const provenBy: Partial<Record<CapabilityName, readonly PassportCheckId[]>> = {
  completion: ['answer'],
  chat: ['template', 'answer'],
  // Agents leave the choice to the model: calls that come only when demanded are no tool use.
  tools: ['tools-required', 'tools-auto', 'tool-result'],
  'json-schema': ['json-schema'],
  reasoning: ['reasoning'],
  infill: ['infill'],
  embeddings: ['embeddings'],
};

/**
 * What a model can do, for every list of models in every dialect: measured where its passport is of the present engine,
 * else what its file declares; never guessed.
 */
export function modelCapabilities({ facts, passport }: Pick<ModelSummary, 'facts' | 'passport'>): ModelCapabilities {
  const kind = toKind(facts);
  const declared = new Set(declare(facts, kind));
  const entries = capabilityNames.map((name): [CapabilityName, Capability] => {
    const measured = passport?.isCurrent ? measure(passport, provenBy[name] ?? []) : undefined;
    if (measured === undefined) return [name, { isAvailable: declared.has(name), evidence: 'declared' }];
    return [name, { isAvailable: measured, evidence: 'verified' }];
  });
  return {
    kind,
    names: entries.filter(([, { isAvailable }]) => isAvailable).map(([name]) => name),
    all: Object.fromEntries(entries) as Record<CapabilityName, Capability>,
  };
}

function toKind({ hasChatTemplate, traits }: ModelSummary['facts']): ModelCapabilities['kind'] {
  if (traits?.gives === 'vectors') return 'embedding';
  if (traits?.gives === 'scores') return 'rerank';
  return hasChatTemplate ? 'chat' : 'completion';
}

function declare(
  { hasChatTemplate, traits }: ModelSummary['facts'],
  kind: ModelCapabilities['kind'],
): CapabilityName[] {
  if (kind === 'embedding') return ['embeddings'];
  if (kind === 'rerank') return ['rerank'];
  return [
    'completion',
    'json-schema',
    ...(hasChatTemplate ? (['chat'] as const) : []),
    ...(traits?.presentsTools ? (['tools'] as const) : []),
    ...(traits?.thinks ? (['reasoning'] as const) : []),
    ...(traits?.fillsIn ? (['infill'] as const) : []),
  ];
}

/** Undefined where something of it was not measured. */
function measure(
  { passed, failed, notApplicable }: PassportSummary,
  ids: readonly PassportCheckId[],
): boolean | undefined {
  if (ids.length === 0) return undefined;
  if (ids.some((id) => failed.includes(id) || notApplicable.includes(id))) return false;
  return ids.every((id) => passed.includes(id)) ? true : undefined;
}
