import { AppError, isAppError } from '#shared/errors/app-error.ts';

const maxParamLength = 200;

/**
 * A schema is refused by a JSON pointer into itself, a grammar by its line; their caller knows them by the field that
 * carried them. Anything else comes back as it is.
 */
export function locateRefusal(thrown: unknown, field: string | undefined): unknown {
  if (!isAppError(thrown) || field === undefined || !isAboutOutput(thrown)) return thrown;
  const { message, hint, data } = thrown;
  const path = typeof data?.['path'] === 'string' ? data['path'] : '';
  const param = `${field}${toDotted(path)}`.slice(0, maxParamLength);
  return new AppError(thrown.code, message, { hint, data: { ...data, param }, cause: thrown });
}

function isAboutOutput({ code, data }: AppError): boolean {
  if (data?.['param'] !== undefined) return false;
  return code === 'schema-unsupported' || (code === 'invalid-request' && typeof data?.['line'] === 'number');
}

/** `/items/0/a~1b` as `.items[0].a/b`. */
function toDotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('');
}
