/** Shown thinking needs no seal; clients only want a text that is not empty. */
const plain = 'impetus';
const prefix = `${plain}:`;

/** The signature of a thinking block. Thinking that is not shown travels in it, so that the next turn has it again. */
export function signThought(thinking: string, isShown: boolean): string {
  return isShown ? plain : prefix + Buffer.from(thinking, 'utf8').toString('base64');
}

/** The thinking of a block that came back; what it shows goes before what its signature holds. */
export function readThought(thinking: string, signature: string): string {
  if (thinking !== '' || !signature.startsWith(prefix)) return thinking;
  return Buffer.from(signature.slice(prefix.length), 'base64').toString('utf8');
}
