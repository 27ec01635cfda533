/**
 * The same as `mutate-plugin.ts` for sources that Node runs itself, such as engine children:
 * `NODE_OPTIONS=--import=…/mutate-loader.ts` with IMPETUS_MUTATE set.
 */
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { splitTarget } from './ledger.ts';
import { mutateSource } from './mutate-source.ts';

const { path: file, name } = splitTarget(process.env['IMPETUS_MUTATE'] ?? '');
const target = pathToFileURL(path.resolve(import.meta.dirname, '..', '..', file)).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== target || !loaded.source) return loaded;
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: mutateSource(source, name) ?? source };
  },
});
