import { z } from 'zod';

/** Deeper than any honest schema; every reader of the value may then recurse. */
const maxDepth = 200;

/** A JSON object of bounded depth, as it is. */
export const boundedJsonSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => isWithinDepth(value, maxDepth), `it is nested deeper than ${maxDepth} levels`);

/** Without recursion: the value may be hostile. */
function isWithinDepth(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return false;
    level = level.flatMap((item) => (isContainer(item) ? Object.values(item).filter(isContainer) : []));
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
