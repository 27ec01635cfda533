import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Runs under Node 24: fetches the Electron archive into Electron's own cache (checked against the checksums that come
 * with the package) and reports how far it is; the package's installer then unpacks it from there.
 * Arguments: the folder of the electron package.
 */
const folder = process.argv[2] ?? '';
let lastReport = -1;
const readJson = (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const library = createRequire(path.join(folder, 'package.json')).resolve('@electron/get');
const { downloadArtifact } = await import(pathToFileURL(library).href);

await downloadArtifact({
  version: readJson('package.json').version,
  artifactName: 'electron',
  checksums: readJson('checksums.json'),
  cacheRoot: process.env.electron_config_cache,
  platform: process.platform,
  arch: process.arch,
  downloadOptions: { quiet: true, getProgressCallback: ({ percent }) => report(percent) },
});
process.disconnect?.();

/** @param {number} fraction */
async function report(fraction) {
  const percent = Math.floor(fraction * 100);
  if (percent === lastReport) return;
  lastReport = percent;
  process.send?.({ fraction });
}
