import { z } from 'zod';
import { AppError } from '#shared/errors/app-error.ts';

type Issue = z.core.$ZodIssue;

/** The value in the schema's shape. Throws `invalid-request`, naming the first parameter that does not fit. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const { path, problem } = issue ? locate(issue) : { path: [], problem: 'it does not fit' };
  throw invalidParameter(toParam(path), problem);
}

interface FieldPlan {
  shape: Readonly<Record<string, z.core.$ZodType>>;
  /** Fields that have a say when they are absent: required ones, and those with a default. */
  speaking: readonly string[];
  /** It is an object of which nothing but its fields says what fits. */
  isPlain: boolean;
}

const plans = new WeakMap<z.ZodType, FieldPlan>();

/**
 * As `validate`, for an object of many optional fields of which most are absent: only those that are there are looked
 * at. The whole schema speaks when one does not fit.
 */
export function validateFields<Schema extends z.ZodType>(
  schema: Schema,
  fields: Readonly<Record<string, unknown>>,
): z.infer<Schema> {
  const { shape, isPlain, speaking } = requirePlan(schema);
  if (!isPlain || speaking.some((name) => fields[name] === undefined)) return validate(schema, fields);
  const values: Record<string, unknown> = {};
  for (const name in fields) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (!field) continue;
    const result = z.safeParse(field, fields[name]);
    if (!result.success) return validate(schema, fields);
    values[name] = result.data;
  }
  return values as z.infer<Schema>;
}

function requirePlan(schema: z.ZodType): FieldPlan {
  const known = plans.get(schema);
  if (known) return known;
  const plan = createPlan(schema);
  plans.set(schema, plan);
  return plan;
}

function createPlan(schema: z.ZodType): FieldPlan {
  if (!(schema instanceof z.ZodObject)) return { shape: {}, speaking: [], isPlain: false };
  const { catchall, checks = [] } = schema.def;
  const fields = Object.entries(schema.shape);
  const speaking = fields.filter(([, field]) => {
    const absent = z.safeParse(field, undefined);
    return !absent.success || absent.data !== undefined;
  });
  return {
    shape: schema.shape,
    speaking: speaking.map(([name]) => name),
    isPlain: catchall === undefined && checks.length === 0,
  };
}

/** `problem` completes "… is not valid:". An empty name stands for the whole request. */
export function invalidParameter(param: string, problem: string): AppError {
  const subject = param === '' ? 'The request' : `"${param}"`;
  return new AppError('invalid-request', `${subject} is not valid: ${problem}.`, {
    data: { param: param === '' ? null : param },
  });
}

/** A text without lone surrogates: those cannot be sent on. */
export const textSchema = z.string().refine((text) => text.isWellFormed(), 'it holds half of a surrogate pair');

const climbs = /(^|[\\/])\.\.([\\/]|$)/;

/** A wire id, an alias or a path; one that climbs out of a folder or hides control characters is none of these. */
export const modelNameSchema = z
  .string()
  .min(1)
  .max(512)
  .refine((name) => !climbs.test(name) && !/\p{Cc}/u.test(name) && name.isWellFormed(), 'this is no name of a model');

/** Items that are looked at together. */
const chunkLength = 1000;

/**
 * An array whose length is checked before its items are. The look ends near the first item that does not fit: an issue
 * for each of a million would hold the loop for seconds.
 */
export function listSchema<Item extends z.ZodType>(item: Item, maxLength: number) {
  const list = z.array(item);
  return z.unknown().transform((value, context): z.output<Item>[] => {
    const { values, issue } = readList(list, value, maxLength);
    if (issue) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
    return issue ? z.NEVER : values;
  });
}

function readList<Item extends z.ZodType>(
  list: z.ZodArray<Item>,
  value: unknown,
  maxLength: number,
): { values: z.output<Item>[]; issue?: Issue | undefined } {
  if (!Array.isArray(value)) return { values: [], issue: list.safeParse(value).error?.issues[0] };
  if (value.length > maxLength) {
    return { values: [], issue: { code: 'custom', message: `more than ${maxLength} items`, path: [] } };
  }
  const values: z.output<Item>[] = [];
  for (let start = 0; start < value.length; start += chunkLength) {
    const { data, error } = list.safeParse(value.slice(start, start + chunkLength));
    if (!data) return { values: [], issue: findFirst(error.issues, start) };
    for (const one of data) values.push(one);
  }
  return { values };
}

/** Paths of a chunk begin with places in the chunk. */
function findFirst([issue]: Issue[], start: number): Issue | undefined {
  if (!issue) return undefined;
  const [index = 0, ...rest] = issue.path;
  return { ...issue, path: [start + Number(index), ...rest] };
}

/** Where a value of several allowed kinds fails: in the kind that it resembles most. */
function locate(issue: Issue): { path: PropertyKey[]; problem: string } {
  if (issue.code !== 'invalid_union') return { path: issue.path, problem: describe(issue) };
  const branches = issue.errors.flatMap(([first]) => (first ? [locate(first)] : []));
  const deepest = branches.reduce((best, branch) => (branch.path.length > best.path.length ? branch : best), {
    path: [] as PropertyKey[],
    problem: branches.map(({ problem }) => problem).join(', or '),
  });
  return { path: [...issue.path, ...deepest.path], problem: deepest.problem };
}

function describe({ message }: Issue): string {
  if (message.endsWith('received undefined')) return 'it is missing';
  return message.replace(/^(Invalid input|Too big|Too small|Invalid option): /, '');
}

/** `messages[0].content`, as the OpenAI API names a parameter. */
function toParam(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`))
    .join('')
    .slice(0, 200);
}
