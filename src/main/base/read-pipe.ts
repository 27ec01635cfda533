import { Socket, type BoundSocket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** What the socket of a child's pipe reads through; a part of Node that has no types. */
interface PipeHandle {
  reading: boolean;
  readStop(): number;
}

/** As long as a write of the other side may be and still arrive in one piece. */
const bufferBytes = 64 * 1024;

/**
 * Calls the listener with what comes on a child's pipe, until it ends. The bytes are the listener's until it returns.
 *
 * Node makes a new buffer of 64 KB for each read and takes it through its streams: a tenth of a millisecond between two
 * steps of a model, when all caches are cold. A socket can read into one buffer, but the pipe of a child cannot be told
 * to. So its handle moves to a socket that is; where there is no such handle, the pipe is read as any stream.
 */
export function readPipe(pipe: Readable | Writable, listener: (bytes: Buffer) => void): void {
  const handle = takeHandle(pipe);
  if (!handle) return void pipe.on('data', listener);
  const buffer = Buffer.alloc(bufferBytes);
  const onread = {
    buffer,
    callback(byteCount: number) {
      listener(buffer.subarray(0, byteCount));
      return true;
    },
  };
  // The types know handles of another kind only.
  const options = { onread, readable: true, writable: false, handle: handle as unknown as BoundSocket };
  const reader = new Socket(options);
  // A pipe that breaks shows in the end of the child.
  reader.on('error', () => undefined);
  reader.once('close', () => pipe.destroy());
}

function takeHandle(pipe: Readable | Writable): PipeHandle | undefined {
  const owner = pipe as { _handle?: unknown };
  const handle = owner._handle;
  if (!(pipe instanceof Socket) || pipe.readableLength > 0 || !isPipeHandle(handle)) return undefined;
  handle.readStop();
  handle.reading = false;
  owner._handle = null;
  return handle;
}

function isPipeHandle(value: unknown): value is PipeHandle {
  if (typeof value !== 'object' || value === null) return false;
  const { reading, readStop } = value as Partial<PipeHandle>;
  const { useUserBuffer } = value as { useUserBuffer?: unknown };
  return typeof reading === 'boolean' && typeof readStop === 'function' && typeof useUserBuffer === 'function';
}
