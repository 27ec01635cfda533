import { randomInt } from 'node:crypto';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 24;

/** An id that no other call has, in OpenAI's form: `call_` and 24 letters or digits. */
export function createCallId(): string {
  let id = 'call_';
  for (let index = 0; index < length; index++) id += digits.charAt(randomInt(digits.length));
  return id;
}
