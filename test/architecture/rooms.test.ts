import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');

/** File of a small tree -> what it imports, and the rule that must catch it; null: allowed. */
const planted: Record<string, { imports: string; rule: string | null }> = {
  'src/main/base/up.ts': { imports: '../engines/index.ts', rule: 'floor-of-base' },
  'src/main/base/type-only.ts': { imports: 'type:../library/index.ts', rule: 'floor-of-base' },
  'src/main/library/sideways.ts': { imports: '../scheduler/index.ts', rule: 'floor-of-library' },
  'src/main/inference/past-the-door.ts': { imports: '../library/catalog.ts', rule: 'front-door' },
  'src/main/inference/down.ts': { imports: '../library/index.ts', rule: null },
  'src/main/cellar/index.ts': { imports: '../base/index.ts', rule: null },
  'src/main/inference/strange.ts': { imports: '../cellar/index.ts', rule: 'unknown-room' },
  'src/main/inference/entry.ts': { imports: '../app.ts', rule: 'rooms-know-no-entry' },
  'src/main/api/electron.ts': { imports: 'electron', rule: 'one-room-for-electron' },
  'src/main/api/database.ts': { imports: 'node:sqlite', rule: 'one-room-for-nodesqlite' },
  'src/main/inference/engine.ts': { imports: 'node-llama-cpp', rule: 'one-room-for-node-llama-cpp' },
  'src/main/desktop/window.ts': { imports: 'electron', rule: null },
  'src/shared/disk.ts': { imports: 'node:fs', rule: 'shared-knows-no-node' },
  'src/shared/reach.ts': { imports: '../main/base/index.ts', rule: 'shared-is-pure' },
  'src/renderer/reach.ts': { imports: '../main/base/index.ts', rule: 'renderer-knows-shared-only' },
  'src/preload/reach.ts': { imports: '../main/base/index.ts', rule: 'preload-knows-shared-only' },
  'src/renderer/features/chat/other.ts': { imports: '../logs/index.ts', rule: 'features-apart' },
  'src/main/base/round.ts': { imports: './trip.ts', rule: 'no-cycles' },
  'src/main/base/lost.ts': { imports: './nowhere.ts', rule: 'no-unresolved' },
  'src/main/base/tested.ts': { imports: '../../../test/support.ts', rule: 'product-free-of-tests' },
};
const neutral = [
  ...['base', 'engines', 'library', 'scheduler'].map((room) => `src/main/${room}/index.ts`),
  ...['src/main/library/catalog.ts', 'src/main/app.ts', 'src/renderer/features/logs/index.ts', 'test/support.ts'],
];

interface Violation {
  from: string;
  rule: { name: string };
}

let folder = '';
let violations: Violation[];

beforeAll(async () => {
  folder = await createTree();
  await plant(folder, 'src/main/base/trip.ts', toSource('./round.ts'));
  for (const file of neutral) await plant(folder, file, 'export const value = 1;\n');
  for (const [file, { imports }] of Object.entries(planted)) await plant(folder, file, toSource(imports));
  violations = cruise(folder);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(Object.entries(planted).map(([file, { imports, rule }]) => ({ file, imports, rule })))(
  '$file importing $imports: $rule',
  ({ file, rule }) => {
    const rules = violations.filter(({ from }) => from === file).map((violation) => violation.rule.name);
    if (rule === null) expect(rules).toEqual([]);
    else expect(rules).toContain(rule);
  },
);

async function createTree(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-rooms-'));
  await cp(path.join(root, '.dependency-cruiser.cjs'), path.join(folder, '.dependency-cruiser.cjs'));
  await cp(path.join(root, 'tsconfig.base.json'), path.join(folder, 'tsconfig.base.json'));
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  return folder;
}

async function plant(folder: string, file: string, source: string): Promise<void> {
  const target = path.join(folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, source);
}

function toSource(imports: string): string {
  if (imports.startsWith('type:'))
    return `import type { value } from '${imports.slice(5)}';\nexport type V = typeof value;\n`;
  return `import * as imported from '${imports}';\nexport const copy = imported;\n`;
}

function cruise(folder: string): Violation[] {
  const binary = path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [binary, 'src', 'test', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (!stdout) throw new Error(stderr);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}
