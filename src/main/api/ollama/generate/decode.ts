import type { Prompt } from '#shared/domain/generation.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { invalidParameter } from '../../validate.ts';
import type { OllamaGenerateRequest } from './schema.ts';

export interface NamedModel {
  /** As the client named it. */
  name: string;
  model: ModelSummary;
}

/**
 * What the model continues, without the conversation of `context`: a chat of one message, a gap before `suffix`, or the
 * text as it is where the client or the model has no template. Errors: `invalid-request` for fields that contradict
 * each other, `capability-missing` for a gap or a system text that the model has no place for.
 */
export function decodePrompt(body: OllamaGenerateRequest, { name, model }: NamedModel): Prompt {
  const { prompt: text = '', suffix = '', system = '', raw, context = [] } = body;
  const { id, facts } = model;
  if (suffix !== '') return decodeGap(body, { name, model });
  if (raw === true) {
    if (system === '' && context.length === 0) return { type: 'text', text };
    throw invalidParameter('raw', 'raw mode does not support template, system, or context');
  }
  if (!facts.hasChatTemplate) {
    if (system === '') return { type: 'text', text };
    throw new AppError('capability-missing', `${id} has no chat template, so there is no place for "system".`, {
      hint: 'Put it into the prompt, or choose a model made for chat.',
      data: { param: 'system', model: id },
    });
  }
  const user = { role: 'user', content: text } as const;
  return { type: 'chat', messages: system === '' ? [user] : [{ role: 'system', content: system }, user] };
}

function decodeGap(
  { prompt = '', suffix = '', ...others }: OllamaGenerateRequest,
  { name, model }: NamedModel,
): Prompt {
  if (!modelCapabilities(model).names.includes('infill')) {
    throw new AppError('capability-missing', `${JSON.stringify(name)} does not support insert`, {
      data: { param: 'suffix', model: model.id },
    });
  }
  if (others.raw !== true && !others.system && !others.context?.length)
    return { type: 'infill', prefix: prompt, suffix };
  throw invalidParameter('suffix', 'a gap is filled without raw, system and context');
}
