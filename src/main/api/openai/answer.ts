import { randomUUID } from 'node:crypto';

/** What every chunk of an answer repeats. */
export interface AnswerHead {
  id: string;
  /** Unix seconds. */
  created: number;
  /** As the client named it, or the model's id when it named none. */
  model: string;
  /** Names the software that answered. */
  fingerprint: string;
}

export function createAnswerHead(kind: 'chatcmpl' | 'cmpl', model: string, version: string): AnswerHead {
  return {
    id: `${kind}-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model,
    fingerprint: `impetus-${version}`,
  };
}

/** Ends a stream that went well. */
export const doneFrame = 'data: [DONE]\n\n';
