import { AppError } from '#shared/errors/app-error.ts';
import { fieldTable, type Endpoint } from './field-table.ts';

export interface CheckedFields {
  /** The body's own fields without those that are null: null means absent everywhere. */
  fields: Record<string, unknown>;
  /** Names of the fields that make no difference, for `x-impetus-ignored`. */
  ignored: string[];
}

/**
 * Compares a body with the field table. Throws `invalid-request` when it is no JSON object and `unsupported-field`,
 * naming the field, when a value would change the answer and cannot.
 */
export function checkFields(endpoint: Endpoint, body: unknown): CheckedFields {
  const table = fieldTable[endpoint];
  const fields: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const [field, value] of Object.entries(requireObject(body))) {
    if (value === null) continue;
    const row = Object.hasOwn(table, field) ? table[field] : undefined;
    if (!row) {
      ignored.push(field);
      continue;
    }
    if (row.verdict === 'refused' && !row.isSatisfiedBy(value)) throw unsupportedField(field, row.reason);
    if (row.verdict === 'ignored' && !row.isSatisfiedBy(value)) ignored.push(field);
    if (row.verdict === 'honoured') fields[field] = value;
  }
  return { fields, ignored };
}

function requireObject(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new AppError('invalid-request', 'The request body must be a JSON object.', {
    hint: 'Send a JSON object in the body of the request.',
  });
}

export function unsupportedField(param: string, reason: string): AppError {
  return new AppError('unsupported-field', `The field "${param.slice(0, 64)}" is not supported here: ${reason}`, {
    hint: 'Leave the field out.',
    data: { param },
  });
}

/** Refuses what would otherwise be ignored: the caller wants to know. Throws `unsupported-field`. */
export function refuseIgnored(endpoint: Endpoint, ignored: readonly string[]): void {
  const [field] = ignored;
  if (field === undefined) return;
  throw unsupportedField(field, `${tellWhy(endpoint, field)} (Strict mode refuses fields that have no effect.)`);
}

const inOptions = 'options.';

/** Why a field makes no difference. Fields that are honoured elsewhere may be idle in a request: options of a stream without one. */
function tellWhy(endpoint: Endpoint, field: string): string {
  const isOption = endpoint.startsWith('ollama-') && field.startsWith(inOptions);
  const table = fieldTable[isOption ? 'ollama-options' : endpoint];
  const name = isOption ? field.slice(inOptions.length) : field;
  const row = Object.hasOwn(table, name) ? table[name] : undefined;
  if (row?.verdict === 'ignored') return row.reason;
  return row ? 'it makes no difference in this request.' : 'it is unknown.';
}

const maxHeaderLength = 1_000;

/** A header value: names of clients are escaped, so none can end the header. Undefined when nothing was ignored. */
export function toHeaderList(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const escaped = names.map((name) => encodeURIComponent(name.slice(0, 64).toWellFormed()));
  const list = escaped.join(', ');
  return list.length <= maxHeaderLength ? list : `${list.slice(0, maxHeaderLength)}...`;
}
