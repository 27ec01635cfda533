import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { devCache } from '../dev-cache.ts';

export type Draft = 'draft4' | 'draft6' | 'draft7' | 'draft2019-09' | 'draft2020-12';

/** Texts that claim to be valid values of a schema. */
export interface Claim {
  draft: Draft;
  schema: unknown;
  texts: string[];
}

const options: Options = { strict: false, logger: false, allErrors: false };

/** Why each text is no valid value, in Ajv's view; undefined when Ajv cannot judge the schema. */
export function judgeWithAjv({ draft, schema, texts }: Claim): (string | null)[] | undefined {
  const validate = compileWithAjv(draft, schema);
  if (!validate) return undefined;
  try {
    return texts.map((text) => {
      const value: unknown = JSON.parse(text);
      return validate(value) ? null : JSON.stringify(validate.errors?.[0] ?? 'invalid').slice(0, 300);
    });
  } catch {
    // Ajv's own code breaks on some schemas with unevaluatedProperties.
    return undefined;
  }
}

function compileWithAjv(draft: Draft, schema: unknown): ValidateFunction | undefined {
  if (draft === 'draft4') return undefined;
  const ajv =
    draft === 'draft2020-12'
      ? new Ajv2020(options)
      : draft === 'draft2019-09'
        ? new Ajv2019(options)
        : new Ajv(options);
  addFormats(ajv);
  try {
    return ajv.compile(withoutDialect(schema));
  } catch {
    return undefined;
  }
}

/** The judge is chosen by draft; a dialect's own address would have to be fetched. */
function withoutDialect(schema: unknown): boolean | object {
  if (typeof schema !== 'object' || schema === null) return schema === true;
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema'));
}

const folder = path.join(devCache, 'json-schema');
const python = path.join(folder, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const archive = path.join(folder, 'jsonschema-4.23.0.tar.gz');
const archiveSha256 = 'd71497fef26351a33265337fa77ffeb82423f3ea21283cd9467bb03999266bc4';

/** Python's verdicts on many claims, one process for all: per claim the errors, or undefined where it cannot judge. */
export async function judgeWithPython(claims: readonly Claim[]): Promise<((string | null)[] | undefined)[]> {
  await obtainPython();
  const script = fileURLToPath(new URL('judge.py', import.meta.url));
  const input = claims.map((claim) => JSON.stringify(claim)).join('\n');
  const { stdout, stderr, status } = spawnSync(python, [script], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (status !== 0) throw new Error(`The Python judge ended with ${String(status)}: ${stderr.slice(-500)}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { errors?: (string | null)[] }).errors);
}

const run = promisify(execFile);

/** Python's jsonschema with its format checkers, in a virtual environment of the developers' cache. */
async function obtainPython(): Promise<void> {
  const marker = path.join(folder, 'venv', 'ready-4.23.0');
  if (existsSync(marker)) return;
  mkdirSync(folder, { recursive: true });
  await run('python3', ['-m', 'venv', path.join(folder, 'venv')]);
  await run(python, ['-m', 'pip', 'install', '--quiet', 'jsonschema[format-nongpl]==4.23.0']);
  const { writeFile } = await import('node:fs/promises');
  await writeFile(marker, '');
}

/** One schema of the official test suite with its instances. */
export interface SuiteEntry {
  draft: string;
  file: string;
  description: string;
  schema: unknown;
  tests: { description: string; data: unknown; valid: boolean }[];
}

/** The JSON-Schema test suite as the source package of jsonschema 4.23.0 carries it: 430 files of seven drafts. */
export async function readSuite(): Promise<SuiteEntry[]> {
  if (!existsSync(archive)) {
    mkdirSync(folder, { recursive: true });
    const parts = ['-m', 'pip', 'download', '--no-deps', '--no-binary', ':all:', 'jsonschema==4.23.0', '-d', folder];
    await run('python3', parts);
  }
  const hash = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (hash !== archiveSha256) throw new Error(`${archive} has the sha256 ${hash}; delete it and run the test again.`);
  const target = path.join(folder, 'jsonschema-4.23.0');
  if (!existsSync(path.join(target, 'json', 'tests'))) await run('tar', ['-xzf', archive, '-C', folder]);
  return suiteFiles(path.join(target, 'json', 'tests'));
}

async function suiteFiles(tests: string): Promise<SuiteEntry[]> {
  const { readdir, readFile } = await import('node:fs/promises');
  const names = (await readdir(tests, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const groups = JSON.parse(await readFile(path.join(tests, name), 'utf8')) as Omit<SuiteEntry, 'draft' | 'file'>[];
      const [draft = '', ...rest] = name.split(path.sep);
      return groups.map((group) => ({ ...group, draft, file: rest.join('/') }));
    }),
  );
  return files.flat();
}
