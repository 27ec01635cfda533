/**
 * `npm run compatibility`: writes docs/compatibility.md, what becomes of each request field of each dialect, from the
 * field table of src/main/api.
 *
 *   --check  writes nothing and fails when the file is not what the table says
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compatibilityFile, renderCompatibility } from './compatibility/document.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const text = await renderCompatibility();
if (!values.check) writeFileSync(compatibilityFile, text);
else if (readFileSync(compatibilityFile, 'utf8') !== text) {
  console.error('docs/compatibility.md is not what the field table says. Write it anew with: npm run compatibility');
  process.exitCode = 1;
}
