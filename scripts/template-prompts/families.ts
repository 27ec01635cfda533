import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bundle = path.resolve('node_modules/node-llama-cpp/llama/gitRelease.bundle');

/**
 * The chat templates of llama.cpp's `models/templates`, by file name without its ending, out of the source bundle that
 * node-llama-cpp ships. Cost: about two seconds.
 */
export async function readTemplateFamilies(): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-templates-'));
  try {
    const git = (...parameters: string[]) => run('git', parameters, { cwd: folder });
    await git('clone', '--quiet', '--bare', bundle, 'source.git');
    await git('--git-dir=source.git', 'archive', '--output=templates.tar', 'HEAD', 'models/templates');
    await run('tar', ['-xf', 'templates.tar'], { cwd: folder });
    return await readTemplates(path.join(folder, 'models', 'templates'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTemplates(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jinja')).sort();
  const entries = names.map(
    async (name) => [name.slice(0, -6), await readFile(path.join(folder, name), 'utf8')] as const,
  );
  return new Map(await Promise.all(entries));
}
