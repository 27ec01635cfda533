type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Drops what is undefined, so that absent means absent. For plain objects. */
export function withoutUndefined<Value extends object>(value: Value): Partial<Defined<Value>> & Value {
  const defined: Record<string, unknown> = {};
  for (const name in value) if (value[name] !== undefined) defined[name] = value[name];
  return defined as never;
}
