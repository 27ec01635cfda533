import { randomFillSync } from 'node:crypto';

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
    id: `${kind}-${randomHex()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    fingerprint: `impetus-${version}`,
  };
}

const idBytes = 16;
/** Drawn for many answers at once: asking the system for each costs more than the rest of its head. */
const drawn = { bytes: Buffer.alloc(idBytes * 64), used: idBytes * 64 };

/** 32 random hex digits. */
function randomHex(): string {
  if (drawn.used === drawn.bytes.length) {
    randomFillSync(drawn.bytes);
    drawn.used = 0;
  }
  drawn.used += idBytes;
  return drawn.bytes.toString('hex', drawn.used - idBytes, drawn.used);
}

/** Ends a stream that went well. */
export const doneFrame = 'data: [DONE]\n\n';
