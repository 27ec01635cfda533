import type { ModelSummary } from '#shared/domain/model.ts';
import { AppError, isAppError } from '#shared/errors/app-error.ts';
import type { Inference } from '../../inference/index.ts';

/** The name under which Ollama's clients see a model: always with a tag. The user's own names stand before the file's. */
export function toOllamaName({ id, aliases }: Pick<ModelSummary, 'id' | 'aliases'>): string {
  return aliases.findLast((alias) => isTagged(alias)) ?? `${id}:latest`;
}

export function isTagged(name: string): boolean {
  return /:[^/:]+$/.test(name);
}

/**
 * The model that an Ollama client means: any name of the library; one of Hugging Face's (`hf.co/user/repo:QUANT`) or
 * of Ollama's own registry; a name without its tag where only one model has it. Undefined or empty means the default
 * model. Errors: `model-not-found` with the name as it was sent, `no-default-model`.
 */
export function findModel(inference: Pick<Inference, 'findModel' | 'listModels'>, name: string | undefined) {
  if (name === undefined || name === '') return inference.findModel(undefined);
  const plain = toLibraryName(name);
  try {
    return inference.findModel(plain);
  } catch (error) {
    if (!isAppError(error) || error.code !== 'model-not-found') throw error;
    const only = findOnlyTagOf(inference.listModels(), plain);
    if (only) return inference.findModel(only.id);
    throw new AppError('model-not-found', error.message, { hint: error.hint, data: { ...error.data, model: name } });
  }
}

/** `hf.co/user/repo:QUANT` is `user/repo/QUANT` in the library. */
function toLibraryName(name: string): string {
  const onHub = /^(?:hf\.co|huggingface\.co)\/(.+)$/i.exec(name)?.[1];
  if (onHub !== undefined) return onHub.replace(/^([^/]+\/[^/:]+):/, '$1/');
  return name.replace(/^registry\.ollama\.ai\//, '').replace(/^library\//, '');
}

/** `smollm2` stands for `smollm2:q4_1` when there is no other `smollm2`. */
function findOnlyTagOf(models: readonly ModelSummary[], name: string): ModelSummary | undefined {
  const beginning = `${name.toLowerCase().replace(/:latest$/, '')}:`;
  const named = models.filter(({ aliases }) => aliases.some((alias) => alias.toLowerCase().startsWith(beginning)));
  return named.length === 1 ? named[0] : undefined;
}
