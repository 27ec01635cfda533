/** Any value that JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The member of that own name; never one inherited from Object. */
export function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** One text per value: two values are equal in the sense of JSON Schema when their texts are. */
export function canonicalText(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(Object.is(value, -0) ? 0 : value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(member(value, key) ?? null)}`).join(',')}}`;
}

/** How much white space stands between the parts of the JSON text. */
export interface JsonLayout {
  readonly comma: string;
  readonly colon: string;
}

/** The value as text in the grammar's own layout. */
export function jsonText(value: JsonValue, layout: JsonLayout): string {
  if (isJsonArray(value)) return `[${value.map((item) => jsonText(item, layout)).join(layout.comma)}]`;
  if (!isJsonObject(value)) return JSON.stringify(Object.is(value, -0) ? 0 : value);
  const members = Object.entries(value);
  const texts = members.map(([key, item]) => `${JSON.stringify(key)}${layout.colon}${jsonText(item, layout)}`);
  return `{${texts.join(layout.comma)}}`;
}

/** Code points of a text, as JSON Schema counts its length. */
export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
