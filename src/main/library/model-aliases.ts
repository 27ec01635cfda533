import path from 'node:path';
import { stemOfShard } from '../formats/index.ts';

export interface NamedModel {
  id: string;
  path: string;
  quantization: string;
  /** ISO time; among models that would share an alias, the one that came first has it. */
  addedAt: string;
  /** Aliases the user gave; they win over derived ones. */
  userAliases: readonly string[];
}

/**
 * The aliases of every model by id. No alias is ever ambiguous: one that is another model's id, or that another model
 * has already, is left out.
 */
export function assignAliases(models: readonly NamedModel[], modelFolders: readonly string[]): Map<string, string[]> {
  const taken = new Set(models.map(({ id }) => id));
  const aliases = new Map<string, string[]>(models.map(({ id }) => [id, []]));
  const claim = (model: NamedModel, alias: string) => {
    const key = alias.toLowerCase();
    if (taken.has(key)) return;
    taken.add(key);
    aliases.get(model.id)?.push(alias);
  };
  const byAge = [...models].sort((a, b) => compare(a.addedAt, b.addedAt) || compare(a.id, b.id));
  for (const model of byAge) model.userAliases.forEach((alias) => claim(model, alias));
  for (const model of byAge) deriveAliases(model, modelFolders).forEach((alias) => claim(model, alias));
  return aliases;
}

/** `publisher/repo/quant` for files that lie so in a model folder, and `name:quant` as Ollama writes it. */
function deriveAliases({ path: file, quantization }: NamedModel, modelFolders: readonly string[]): string[] {
  const name = stripQuantization(stemOfShard(file).toLowerCase(), quantization.toLowerCase());
  const repo = readRepo(file, modelFolders);
  return [...(repo ? [`${repo}/${quantization}`] : []), `${name}:${quantization.toLowerCase()}`];
}

function readRepo(file: string, modelFolders: readonly string[]): string | undefined {
  for (const folder of modelFolders) {
    const [publisher, repo, ...rest] = path.relative(folder, path.dirname(file)).split(path.sep);
    if (publisher && publisher !== '..' && !path.isAbsolute(publisher) && repo && rest.length === 0) {
      return `${publisher}/${repo}`;
    }
  }
  return undefined;
}

/** `smollm2-135m-instruct.q4_1` without `.q4_1`. */
function stripQuantization(stem: string, quantization: string): string {
  const end = stem.length - quantization.length - 1;
  return end > 0 && stem.endsWith(quantization) && '.-_'.includes(stem.charAt(end)) ? stem.slice(0, end) : stem;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
