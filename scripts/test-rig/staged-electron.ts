import { cpSync } from 'node:fs';
import { chmod, chown, link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { rigUser } from './private-session.ts';

/** What the old runtime lacks; the rig's pages load it as well. */
export const shimsFile = path.join(import.meta.dirname, 'old-runtime-shims.cjs');

/** An Electron runtime with an app in it, in a folder that the rig's user can read. */
export interface StagedElectron {
  executable: string;
  /** What to run: the executable, or for root a script that gives its rights up first. */
  launcher: string;
  /** A fresh folder that the rig's user owns. */
  makeFolder(name: string): Promise<string>;
  remove(): Promise<void>;
}

export interface StageOptions {
  /** Folder of the runtime (fetch-electron25.mjs). */
  runtime: string;
  /** Where each part of the app comes from: its place in the app -> folder. Must hold `dist/main.rig`. */
  parts: Record<string, string>;
}

/**
 * This Electron has no default app, so ours goes where a packaged one would: `resources/app`. Runtime files are hard
 * links where the file system allows it; the app is a copy, because the rig's user may not read the repository.
 */
export async function stageElectron({ runtime, parts }: StageOptions): Promise<StagedElectron> {
  const stage = await mkdtemp(path.join(os.tmpdir(), 'impetus-rig-'));
  await chmod(stage, 0o755);
  await linkTree(runtime, stage);
  const app = path.join(stage, 'resources', 'app');
  await mkdir(app, { recursive: true });
  for (const [place, folder] of Object.entries(parts)) cpSync(folder, path.join(app, place), { recursive: true });
  const manifest = { name: 'impetus', productName: 'Impetus', version: '0.0.0-rig', main: 'main.cjs' };
  await writeFile(path.join(app, 'package.json'), JSON.stringify(manifest));
  cpSync(shimsFile, path.join(app, 'shims.cjs'));
  await writeFile(path.join(app, 'main.cjs'), "require('./shims.cjs');\nrequire('./dist/main.rig/main.cjs');\n");
  const executable = path.join(stage, 'electron');
  return {
    executable,
    launcher: await writeLauncher(executable),
    async makeFolder(name) {
      const folder = path.join(stage, name);
      await mkdir(folder, { mode: 0o700 });
      if (rigUser.uid !== undefined) await chown(folder, rigUser.uid, rigUser.gid);
      return folder;
    },
    remove: () => rm(stage, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

/** Chromium's sandbox refuses to work for root. */
async function writeLauncher(executable: string): Promise<string> {
  if (rigUser.uid === undefined) return executable;
  const launcher = path.join(path.dirname(executable), 'start-as-nobody');
  const command = `exec setpriv --reuid=${rigUser.uid} --regid=${rigUser.gid} --clear-groups -- "${executable}" "$@"`;
  await writeFile(launcher, `#!/bin/sh\n${command}\n`);
  await chmod(launcher, 0o755);
  return launcher;
}

async function linkTree(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(target, { recursive: true });
      await linkTree(source, target);
    } else await link(source, target).catch(() => cpSync(source, target));
  }
}
