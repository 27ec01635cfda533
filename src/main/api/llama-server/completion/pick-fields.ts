/**
 * `response_fields`: of an answer, the members that are wanted; `a/b` lifts `b` out of `a`. Names that the answer does
 * not have are left out. An empty list asks for everything.
 */
export function pickFields(answer: Readonly<Record<string, unknown>>, wanted: readonly string[]): object {
  if (wanted.length === 0) return answer;
  const picked: [string, unknown][] = [];
  for (const path of wanted) {
    const steps = path.split('/');
    const value = steps.reduce(readMember, answer);
    if (value !== undefined) picked.push([steps.at(-1) ?? path, value]);
  }
  return Object.fromEntries(picked);
}

function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
