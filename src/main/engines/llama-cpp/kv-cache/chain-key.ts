import { createHash } from 'node:crypto';

/** Tokens of a full block. */
export const blockTokens = 256;

/**
 * What an entry holds: `block`: 256 tokens; `tail`: what was left at the end of a conversation; `whole`: a state that
 * cannot be cut, with all its tokens.
 */
export const entryKinds = ['block', 'tail', 'whole'] as const;
export type EntryKind = (typeof entryKinds)[number];

const keyBytes = 32;

/** Where the chains of one model in one namespace begin. Keys of other namespaces or models never meet them. */
export function toRootKey(identity: string, namespace: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['impetus-kv-root', identity, namespace]))
    .digest('hex');
}

/** The key of an entry: of everything before it and its own tokens. A whole state fits one number of streams only. */
export function toChainKey(parent: string, kind: EntryKind | `whole ${number}`, tokens: Uint32Array): string {
  const { buffer, byteOffset, byteLength } = tokens;
  return createHash('sha256')
    .update(kind)
    .update(Buffer.from(parent, 'hex'))
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

export function isKey(text: string): boolean {
  return text.length === keyBytes * 2 && /^[0-9a-f]+$/.test(text);
}
