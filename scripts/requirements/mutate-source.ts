import { findExport } from './ledger.ts';

/**
 * The source with one export broken: a function or class throws when it is used, a constant when anything is read of
 * it. The original stays under another name, so the rest of the file still runs. Undefined when there is no such export.
 */
export function mutateSource(source: string, name: string): string | undefined {
  const found = findExport(source, name);
  if (!found?.groups) return undefined;
  const { function: isFunction, class: isClass } = found.groups;
  const kept = found[0]
    .replace(/^export (?:default )?/, '')
    .replace(new RegExp(`${escape(name)}$`), `unmutated_${name}`);
  const broken = `throw new Error('broken on purpose: ${name}');`;
  const replacement = isFunction
    ? `export function ${name}() { ${broken} }`
    : isClass
      ? `export class ${name} { constructor() { ${broken} } }`
      : `export const ${name} = new Proxy(function () {}, { get() { ${broken} }, apply() { ${broken} }, construct() { ${broken} } });`;
  // Everything stays on its line, so stack traces still point right.
  return `${source.slice(0, found.index)}${replacement} ${kept}${source.slice(found.index + found[0].length)}`;
}

function escape(text: string): string {
  return text.replaceAll('$', '\\$');
}
