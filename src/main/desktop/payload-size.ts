/** The longest payload the page may send, in characters of text and keys: the HTTP body limit's twin. */
export const largestPayload = 64 * 1024 * 1024;

/** True when `payload` holds more than `limit` characters; stops counting there, so a huge payload costs no more. */
export function isLargerThan(payload: unknown, limit: number): boolean {
  const waiting: unknown[] = [payload];
  let size = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') size += value.length;
    else if (ArrayBuffer.isView(value)) size += value.byteLength;
    else if (value instanceof ArrayBuffer) size += value.byteLength;
    else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        size += key.length + 1;
        waiting.push(child);
        if (size > limit) return true;
      }
    } else size += 1;
    if (size > limit) return true;
  }
  return false;
}
