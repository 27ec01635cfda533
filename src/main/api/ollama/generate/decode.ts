import type { Prompt } from '#shared/domain/generation.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { invalidParameter } from '../../validate.ts';
import type { OllamaGenerateRequest } from './schema.ts';

/**
 * What the model continues, without the conversation of `context`: a chat of one message, or the text as it is where
 * the client or the model has no template. Errors: `invalid-request` for fields that contradict `raw`,
 * `capability-missing` for a system text without a template to put it in.
 */
export function decodePrompt(body: OllamaGenerateRequest, { id, facts }: ModelSummary): Prompt {
  const { prompt: text = '', system = '', raw, context = [] } = body;
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
