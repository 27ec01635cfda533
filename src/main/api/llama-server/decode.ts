import type { DetokenizeRequest, RenderRequest, TokenizeRequest } from '../../inference/index.ts';
import { decodeChatRequest } from '../openai/chat/decode.ts';
import type { ApplyTemplateBody, DetokenizeBody, TokenizeBody } from './schema.ts';

export function decodeTokenizeRequest({ model, content, add_special }: TokenizeBody): TokenizeRequest {
  return { model, prompt: { type: 'text', text: content }, addSpecial: add_special ?? false };
}

export function decodeDetokenizeRequest({ model, tokens }: DetokenizeBody): DetokenizeRequest {
  return { model, tokens };
}

/** A chat request of which only the prompt counts. Errors: as for a chat. */
export function decodeApplyTemplateRequest(body: ApplyTemplateBody): RenderRequest {
  const { model, prompt, reasoning } = decodeChatRequest(body).request;
  return { model, prompt, reasoning };
}
