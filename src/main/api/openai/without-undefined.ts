type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Drops what is undefined, so that absent means absent. */
export function withoutUndefined<Value extends object>(value: Value): Partial<Defined<Value>> & Value {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as never;
}
