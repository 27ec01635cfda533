import type { Prompt } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';

/** Throws `capability-missing` for what the model cannot do by its own file, before anything is loaded. */
export function checkCapabilities(prompt: Prompt, model: ModelRecord): void {
  if (prompt.type !== 'chat' || model.facts.hasChatTemplate) return;
  throw new AppError('capability-missing', `${model.id} has no chat template, so it takes no messages.`, {
    hint: 'Send the whole prompt as text to /v1/completions, or choose a model made for chat.',
    data: { param: 'messages', model: model.id },
  });
}
