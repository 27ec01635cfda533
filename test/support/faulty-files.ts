import * as nodeFiles from 'node:fs/promises';
import type { BlockFiles, BlockHandle } from '#main/engines/llama-cpp/kv-cache/block-io.ts';

/** Every call that changes the disk, in the order they come; what a fault does instead of it or in the middle of it. */
export type ChangeFault = (change: { name: string; index: number; halve: () => Promise<void> }) => Promise<void>;

const changes = new Set(['rename', 'rm', 'mkdir', 'chmod', 'utimes', 'write', 'sync', 'create', 'close']);

/** The real disk, with a fault that is asked before each change. */
export function createFaultyFiles(fault: ChangeFault): BlockFiles {
  let index = 0;
  const ask = (name: string, halve: () => Promise<void> = async () => undefined): Promise<void> =>
    fault({ name, index: index++, halve });
  const files = new Proxy(nodeFiles, {
    get(target, name: keyof BlockFiles) {
      if (name === 'open') return openFaulty;
      const call = target[name] as (...values: unknown[]) => Promise<unknown>;
      if (!changes.has(name)) return call;
      return async (...values: unknown[]) => {
        await ask(name);
        return call(...values);
      };
    },
  });
  async function openFaulty(file: string, flags: string | number, mode?: number): Promise<BlockHandle> {
    if (flags === 'wx') await ask('create');
    const handle = await nodeFiles.open(file, flags, mode);
    return flags === 'wx' ? wrapHandle(handle, ask) : handle;
  }
  return files;
}

function wrapHandle(
  handle: BlockHandle,
  ask: (name: string, halve?: () => Promise<void>) => Promise<void>,
): BlockHandle {
  return new Proxy(handle, {
    get(target, name) {
      const call = Reflect.get(target, name, target) as unknown;
      if (typeof call !== 'function') return call;
      const bound = call.bind(target) as (...values: unknown[]) => Promise<unknown>;
      if (name === 'write') {
        return async (bytes: Uint8Array, offset: number, length: number) => {
          await ask('write', async () => void (await target.write(bytes, offset, length >> 1)));
          return bound(bytes, offset, length);
        };
      }
      if (typeof name !== 'string' || !changes.has(name)) return bound;
      return async (...values: unknown[]) => {
        try {
          await ask(name);
        } catch (error) {
          if (name === 'close') await bound();
          throw error;
        }
        return bound(...values);
      };
    },
  });
}
