import { z } from 'zod';
import { samplerStageSchema, type SamplerStage } from '#shared/domain/generation.ts';

/** llama.cpp's other names of the stages. */
const otherNames: Readonly<Record<string, SamplerStage>> = {
  'top-k': 'top_k',
  'top-p': 'top_p',
  nucleus: 'top_p',
  'min-p': 'min_p',
  'typical-p': 'typ_p',
  typical_p: 'typ_p',
  typical: 'typ_p',
  'typ-p': 'typ_p',
  typ: 'typ_p',
  temp: 'temperature',
};

/** Its letters, for the form `"edkypmxt"`. */
const letters: Readonly<Record<string, SamplerStage>> = {
  e: 'penalties',
  d: 'dry',
  s: 'top_n_sigma',
  k: 'top_k',
  y: 'typ_p',
  p: 'top_p',
  m: 'min_p',
  x: 'xtc',
  t: 'temperature',
};

const maxStages = 32;
const known = `expected stages of ${samplerStageSchema.options.join(', ')}`;

/** llama-server's `samplers`: names in a list, separated by semicolons, or letters; in the order they act. */
export const samplersSchema = z
  .union([z.array(z.string()).max(maxStages), z.string().max(1_024)], 'expected a list of names, or a text')
  .transform((value, context): SamplerStage[] => {
    const names = toNames(value);
    const stages = names.map((name) => findStage(name, typeof value === 'string'));
    const fault = findFault(stages);
    if (!fault) return stages.filter((stage) => stage !== undefined);
    context.addIssue({ code: 'custom', path: typeof value === 'string' ? [] : [fault.at], message: fault.message });
    return z.NEVER;
  });

/** A stage that nobody knows, or one that acts twice: that is a slip, and its outcome nobody's wish. */
function findFault(stages: readonly (SamplerStage | undefined)[]): { at: number; message: string } | undefined {
  const at = stages.findIndex((stage, index) => stage === undefined || stages.indexOf(stage) !== index);
  if (at === -1) return undefined;
  return { at, message: stages[at] === undefined ? known : `the stage ${stages[at]} stands there twice` };
}

function toNames(value: string | string[]): string[] {
  if (typeof value !== 'string') return value;
  if (value.includes(';') || findName(value) !== undefined) return value.split(';').filter((name) => name !== '');
  return [...value];
}

function findStage(name: string, maySpell: boolean): SamplerStage | undefined {
  return findName(name) ?? (maySpell && Object.hasOwn(letters, name) ? letters[name] : undefined);
}

function findName(name: string): SamplerStage | undefined {
  const stage = samplerStageSchema.safeParse(name);
  if (stage.success) return stage.data;
  return Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
}
