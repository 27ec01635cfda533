import { z } from 'zod';

/** Deeper than any honest schema; every reader of the value may then recurse. */
const maxDepth = 200;

/** A JSON object of bounded depth, as it is. */
export const boundedJsonSchema = z
  .record(z.string(), z.unknown())
  .refine((value) => isWithinDepth(value, maxDepth - 1), `it is nested deeper than ${maxDepth} levels`);

/** The recursion goes no deeper than the limit: the value may be hostile. */
function isWithinDepth(value: object, limit: number): boolean {
  if (limit < 0) return false;
  if (Array.isArray(value)) return value.every((item) => !isContainer(item) || isWithinDepth(item, limit - 1));
  for (const key in value) {
    const item: unknown = (value as Record<string, unknown>)[key];
    if (isContainer(item) && !isWithinDepth(item, limit - 1)) return false;
  }
  return true;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
