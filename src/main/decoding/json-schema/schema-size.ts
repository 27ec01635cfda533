import { isJsonArray, isJsonObject } from './json-value.ts';
import { refuse } from './refusal.ts';

const mostParts = 50_000;
const deepestNesting = 256;
/** Characters of a text that weigh as much as one more value. */
const charactersPerPart = 64;

/** Refuses a schema that is too large or nests too deeply, before anything walks it. */
export function checkSize(schema: unknown): void {
  const waiting: { value: unknown; depth: number }[] = [{ value: schema, depth: 0 }];
  let parts = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    parts += 1 + (typeof value === 'string' ? value.length / charactersPerPart : 0);
    if (depth > deepestNesting) tooLarge('it nests too deeply');
    const keys = isJsonObject(value) ? Object.keys(value) : [];
    const length = isJsonArray(value) ? value.length : keys.length;
    if (parts + length > mostParts) tooLarge(`it has more than ${String(mostParts)} parts`);
    const inner = isJsonArray(value) ? value : isJsonObject(value) ? keys.map((key) => value[key]) : [];
    for (const item of inner) waiting.push({ value: item, depth: depth + 1 });
  }
}

function tooLarge(reason: string): never {
  refuse({ path: '', keyword: '$schema', reason, hint: 'Make the schema smaller.' });
}
