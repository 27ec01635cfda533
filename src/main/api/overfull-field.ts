const [quote, backslash, colon, comma, open, close, openList, closeList] = Buffer.from('"\\:,{}[]');

/** Smaller bodies cannot hold enough members to matter. */
const leastBytes = 500_000;

/**
 * The top-level field of a JSON object that holds more members than anybody may send, in whatever objects; undefined when
 * there is none. One pass over the bytes, which is a small part of what reading them would take: a million members hold
 * the loop for the better part of a second. What is no JSON is left to the parser.
 */
export function findOverfullField(json: Uint8Array, mostMembers: number): string | undefined {
  if (json.length < leastBytes) return undefined;
  const place = new Place();
  let name = { start: 0, end: 0 };
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === quote) {
      const end = findStringEnd(json, at + 1);
      if (place.takesName()) name = { start: at, end: end + 1 };
      at = end;
    } else place.see(byte);
    if (place.members > mostMembers) return readName(json, name);
  }
  return undefined;
}

/** Where in the object the look is, strings left out. */
class Place {
  /** In the objects of the present field. */
  members = 0;
  #depth = 0;
  #isNameNext = false;

  /** True when the string that comes is the name of a top-level field. */
  takesName(): boolean {
    const isName = this.#isNameNext && this.#depth === 1;
    this.#isNameNext = false;
    return isName;
  }

  see(byte: number | undefined): void {
    switch (byte) {
      case colon:
        if (this.#depth > 1) this.members++;
        return;
      case open:
      case openList:
        this.#depth++;
        this.#isNameNext = this.#depth === 1;
        return;
      case close:
      case closeList:
        this.#depth--;
        return;
      case comma:
        if (this.#depth === 1) this.#beginField();
        return;
      default:
    }
  }

  #beginField(): void {
    this.#isNameNext = true;
    this.members = 0;
  }
}

/** Where the string ends that begins there: at its quote, or at the end of everything. */
function findStringEnd(json: Uint8Array, from: number): number {
  for (let end = json.indexOf(quote ?? 0, from); end !== -1; end = json.indexOf(quote ?? 0, end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return json.length;
}

function readName(json: Uint8Array, { start, end }: { start: number; end: number }): string {
  const text = Buffer.from(json.subarray(start, Math.min(end, start + 200))).toString();
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
