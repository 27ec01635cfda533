import { randomBytes } from 'node:crypto';
import { writeFileAtomic } from '../../base/index.ts';

/** A fresh control token for this run: 32 random bytes as hex, in a file that only its owner can read. */
export async function createControlToken(file: string): Promise<string> {
  const token = randomBytes(32).toString('hex');
  await writeFileAtomic(file, token, { mode: 0o600 });
  return token;
}
