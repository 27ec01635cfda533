import type { DetokenizeRequest, TokenizeRequest } from '../../inference/index.ts';
import type { DetokenizeBody, TokenizeBody } from './schema.ts';

export function decodeTokenizeRequest({ model, content, add_special }: TokenizeBody): TokenizeRequest {
  return { model, prompt: { type: 'text', text: content }, addSpecial: add_special ?? false };
}

export function decodeDetokenizeRequest({ model, tokens }: DetokenizeBody): DetokenizeRequest {
  return { model, tokens };
}
