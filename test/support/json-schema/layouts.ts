import { jsonText, type JsonValue } from '#main/decoding/json-schema/json-value.ts';

/** The value as our grammars write it. */
export function layOut(value: unknown): string {
  return jsonText(value as JsonValue, { comma: ', ', colon: ': ' });
}

/** The object with its properties in every order: the grammar writes them in the order of the schema. */
export function inOtherOrders(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const members = Object.entries(value);
  if (members.length > 5) return [];
  const orders = (left: [string, unknown][]): [string, unknown][][] =>
    left.length === 0
      ? [[]]
      : left.flatMap((one) => orders(left.filter((other) => other !== one)).map((rest) => [one, ...rest]));
  return orders(members).map((order) => Object.fromEntries(order));
}
