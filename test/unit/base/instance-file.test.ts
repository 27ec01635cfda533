import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockHome, readLiveInstance, toHomePaths, type HomePaths } from '#main/base/index.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function createHome(): Promise<HomePaths> {
  const paths = toHomePaths(await createTempFolder());
  await mkdir(path.dirname(paths.instance), { recursive: true });
  return paths;
}

test('publishes the instance and takes it back on release', async () => {
  const paths = await createHome();
  const lock = await lockHome(paths);
  const instance = { pid: process.pid, port: 11535, version: '1.0.0', startedAt: '2026-01-01T00:00:00.000Z' };
  await lock.publish(instance);
  expect(JSON.parse(await readFile(paths.instance, 'utf8'))).toEqual(instance);
  await lock.release();
  await lock.release();
  expect(await readLiveInstance(paths)).toBeUndefined();
});

test('takes over a lock whose process is gone', async () => {
  const paths = await createHome();
  await writeFile(path.join(path.dirname(paths.instance), 'instance.lock'), '999999999');
  const lock = await lockHome(paths);
  expect(await readFile(path.join(path.dirname(paths.instance), 'instance.lock'), 'utf8')).toBe(String(process.pid));
  await lock.release();
});

test('takes over a lock that holds no process id', async () => {
  const paths = await createHome();
  await writeFile(path.join(path.dirname(paths.instance), 'instance.lock'), 'damaged');
  await expect(lockHome(paths)).resolves.toBeDefined();
});

test('a damaged instance file names no instance', async () => {
  const paths = await createHome();
  await writeFile(paths.instance, '{"pid":');
  expect(await readLiveInstance(paths)).toBeUndefined();
});
