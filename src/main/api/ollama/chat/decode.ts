import type { GenerationRequest } from '#shared/domain/generation.ts';
import { decodeTools } from '../../openai/chat/tool-fields.ts';
import { decodeAnswerFields } from '../answer-fields.ts';
import { decodeMessages } from './message-fields.ts';
import type { OllamaChatRequest } from './schema.ts';

export interface DecodedChat {
  request: GenerationRequest;
  /** Names of what makes no difference. */
  ignored: string[];
  /** What was not taken as it was sent. */
  applied: string[];
}

/** Errors: `invalid-request` and `unsupported-field`, each with the field. */
export function decodeChat(body: OllamaChatRequest): DecodedChat {
  const { request, ignored, applied } = decodeAnswerFields(body);
  const { tools, choice, isNarrowed } = decodeTools(body);
  return {
    ignored,
    applied: [...applied, ...(isNarrowed ? [`tools=${tools.length}`] : [])],
    request: {
      ...request,
      ...(tools.length > 0 && choice ? { toolChoice: choice } : {}),
      prompt: {
        type: 'chat',
        messages: decodeMessages(body.messages ?? []),
        ...(tools.length > 0 ? { tools } : {}),
      },
    },
  };
}
