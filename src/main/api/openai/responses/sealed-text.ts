/** Thinking that a client carries for us, in the form its API has for it. Nothing is secret: it is the client's own. */
export function sealText(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

export function openSealed(sealed: string): string {
  return Buffer.from(sealed, 'base64').toString('utf8');
}
