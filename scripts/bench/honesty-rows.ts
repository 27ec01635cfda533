import type { Row } from './report.ts';
import { countFates, type SchemaOutcome } from './schema-honesty.ts';
import { toolModes, type ToolMode } from './tool-cases.ts';
import type { ToolOutcome } from './tool-honesty.ts';

const row = { suite: 'Honesty', threads: 1 };

/** Of Impetus with targets, of a peer for comparison. */
export function toSchemaRows(outcomes: readonly SchemaOutcome[], arm: string, seeds: number): Row[] {
  const { wrong, failed, unjudged, enforced, refused, cut, told } = countFates(outcomes);
  const isOwn = arm === 'Impetus';
  const all = outcomes.length;
  const schemas = `${all / seeds} schemas of the JSON-Schema test suite, ${seeds} seeds each`;
  const share = (count: number): Row['figure'] => ({
    value: (100 * count) / all,
    unit: '%',
    note: `${count} of ${all}`,
  });
  const own = { ...row, against: isOwn ? '' : arm };
  return [
    {
      ...{ ...own, what: `silently wrong answers: ${schemas}` },
      figure: { value: wrong, unit: 'answers', note: `and ${failed} failed, ${unjudged} that no judge can tell` },
      ...(isOwn ? { target: { atMost: 0 } } : {}),
    },
    { ...own, what: 'valid in the view of every sound judge', figure: share(enforced) },
    { ...own, what: 'refused, the keyword named', figure: share(refused) },
    { ...own, what: 'ended at the token limit, and said so', figure: share(cut) },
    { ...own, what: 'invalid, but the headers told it', figure: share(told) },
  ];
}

const targets: Record<ToolMode, number> = { required: 100, named: 100, auto: 99.5, none: 100, forged: 100 };

export function toToolRows(outcomes: readonly ToolOutcome[], arm: string): Row[] {
  const isOwn = arm === 'Impetus';
  return toolModes.map((mode) => {
    const ofMode = outcomes.filter((outcome) => outcome.mode === mode);
    const valid = ofMode.filter(({ fault }) => fault === undefined).length;
    return {
      ...{ ...row, against: isOwn ? '' : arm, what: `tool cases as asked for: ${mode}` },
      figure: { value: (100 * valid) / ofMode.length, unit: '%', note: `${valid} of ${ofMode.length}` },
      ...(isOwn ? { target: { atLeast: targets[mode] } } : {}),
    };
  });
}
