import { fstatSync } from 'node:fs';
import type { CliInput } from './cli-environment.ts';

/**
 * The prompt of `run`: the words given, then what is piped in. Undefined when there is neither, so a person is at the
 * keyboard. With words, input is read only from a file or a shell's pipe: the open socket of a parent program may
 * never end.
 */
export async function readPrompt(words: readonly string[], stdin: CliInput): Promise<string | undefined> {
  const given = words.join(' ');
  if (stdin.isTTY) return given === '' ? undefined : given;
  if (given !== '' && !isFileOrPipe(stdin)) return given;
  const piped = (await readAll(stdin)).trimEnd();
  return [given, piped].filter((part) => part !== '').join('\n\n');
}

async function readAll(stdin: CliInput): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return Buffer.concat(chunks).toString('utf8');
}

function isFileOrPipe({ fd }: CliInput): boolean {
  if (fd === undefined) return true;
  try {
    const stats = fstatSync(fd);
    return stats.isFile() || stats.isFIFO();
  } catch {
    return false; // Closed: there is nothing to read.
  }
}
