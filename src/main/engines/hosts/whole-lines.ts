/** No line of ours comes near this; what does is no line of ours. */
const longestLine = 64 * 1024 * 1024;

const lineFeed = 10;

/** Cuts a stream of bytes after its line feeds. Bytes that it needs later are copied. */
export class WholeLines {
  #rest: Buffer[] = [];
  #restLength = 0;

  /** The lines that are complete now, as one text; empty when none is. Throws when one does not end. */
  take(bytes: Buffer): string {
    // Nearly always: a write of the child is read in one piece.
    if (this.#restLength === 0 && bytes.at(-1) === lineFeed) return bytes.toString();
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end === 0) {
      this.#keep(bytes);
      return '';
    }
    const lines = Buffer.concat([...this.#rest, bytes.subarray(0, end)]).toString();
    this.#rest = [];
    this.#restLength = 0;
    if (end < bytes.length) this.#keep(bytes.subarray(end));
    return lines;
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(Buffer.from(bytes));
    this.#restLength += bytes.length;
    if (this.#restLength > longestLine) throw new Error('A line without an end.');
  }
}
