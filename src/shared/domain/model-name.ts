import type { ModelSummary } from './model.ts';

/**
 * The name people know a model by: its file's, without ending, shard numbers and quantization. The name inside the
 * file is often a training run's and only stands in when the file has none.
 */
export function toModelName({ path, facts }: Pick<ModelSummary, 'path' | 'facts'>): string {
  const file = path.split(/[/\\]/).at(-1) ?? '';
  const stem = file.replace(/\.gguf$/i, '').replace(/-\d{5}-of-\d{5}$/, '');
  const ending = stem.slice(-facts.quantization.length - 1);
  const isQuantization = /^[-._]/.test(ending) && ending.slice(1).toLowerCase() === facts.quantization.toLowerCase();
  return (isQuantization ? stem.slice(0, -ending.length) : stem) || facts.name;
}
