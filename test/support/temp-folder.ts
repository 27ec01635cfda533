import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh folder, removed when the test ends. */
export async function createTempFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-test-'));
  // What is written in the background may come between.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }));
  return folder;
}
