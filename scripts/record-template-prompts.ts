import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { ChatMessage, Tool } from '../src/shared/domain/chat.ts';
import { templateCases, toComparablePrompt } from './template-prompts/cases.ts';
import { readTemplateFamilies } from './template-prompts/families.ts';
import { findFreePort } from './bench/arms.ts';
import { ensurePeerS } from './bench/peers.ts';
import { startArm } from './bench/server-arm.ts';

/**
 * Asks llama-server how it renders a few conversations by each chat template of llama.cpp, and writes the hashes of the
 * prompts that the tests compare with: `node scripts/record-template-prompts.ts`. Takes a minute once the peer is built.
 */
const root = path.resolve(import.meta.dirname, '..');
const cache = path.resolve(process.env['IMPETUS_DEV_CACHE'] || path.join(os.homedir(), '.cache', 'impetus-dev'));
const output = path.join(root, 'test', 'fixtures', 'template-families', 'prompts.json');
const model = path.join(cache, 'models', 'tiny-random.gguf');
const promptSchema = z.object({ prompt: z.string() });

const peer = ensurePeerS({ root, folder: path.join(cache, 'peers') });
const scratch = await mkdtemp(path.join(os.tmpdir(), 'impetus-templates-'));
try {
  const prompts: Record<string, Record<string, string | null>> = {};
  for (const [name, template] of await readTemplateFamilies()) {
    const file = path.join(scratch, `${name}.jinja`);
    await writeFile(file, template);
    prompts[name] = await recordFamily(file);
  }
  await mkdir(path.dirname(output), { recursive: true });
  await writeFile(output, `${JSON.stringify(prompts, null, 2)}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** By case, the hash of the prompt; null where the server refuses. */
async function recordFamily(template: string): Promise<Record<string, string | null>> {
  const port = await findFreePort();
  const flags = ['-m', model, '-c', '256', '-t', '1', '--host', '127.0.0.1', '--port', String(port)];
  const arm = await startArm({
    ...{ name: 'llama-server', command: peer.command, port },
    ...(peer.cwd === undefined ? {} : { cwd: peer.cwd }),
    commandArguments: [...flags, '--jinja', '--chat-template-file', template],
  });
  try {
    const hashes: Record<string, string | null> = {};
    for (const [name, { messages, tools }] of Object.entries(templateCases)) {
      const body = { messages: messages.map(toWireMessage), ...(tools ? { tools: tools.map(toWireTool) } : {}) };
      const response = await fetch(`${arm.url}/apply-template`, { method: 'POST', body: JSON.stringify(body) });
      const answer = promptSchema.safeParse(await response.json());
      hashes[name] = answer.success ? hashOf(answer.data.prompt) : null;
    }
    return hashes;
  } finally {
    await arm.stop();
  }
}

function hashOf(prompt: string): string {
  return createHash('sha256').update(toComparablePrompt(prompt)).digest('hex').slice(0, 16);
}

function toWireMessage({ role, content, name, toolCallId, toolCalls }: ChatMessage): Record<string, unknown> {
  return {
    role,
    content,
    ...(name === undefined ? {} : { name }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls.map(toWireCall) }),
  };
}

function toWireCall({ id, name, arguments: text }: NonNullable<ChatMessage['toolCalls']>[number]): unknown {
  return { id, type: 'function', function: { name, arguments: text } };
}

function toWireTool({ name, description, parameters }: Tool): unknown {
  return { type: 'function', function: { name, description, parameters } };
}
