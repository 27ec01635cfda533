import { writeSync } from 'node:fs';
import { sidePipeVariable } from '../../base/index.ts';

/** The child's end of the channel to its parent. */
export interface ParentLink {
  send(message: unknown): void;
  /** Sends whole lines (`event-lines.ts`); they keep their order among themselves, not with messages. */
  sendLines(lines: string): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The parent is gone or closed the channel. */
  onDisconnect(listener: () => void): void;
  /** Sends the last message, then ends the process with that code. */
  sendAndExit(message: unknown, code: number): void;
}

/** Electron's channel inside a `utilityProcess`. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

/** A message that could not be sent must not keep a broken child alive. */
const exitGraceMs = 200;

/** The channel of this process: `child_process.fork` or Electron's `utilityProcess`. Throws when it is no child. */
export function openParentLink(): ParentLink {
  const { parentPort } = process as { parentPort?: ParentPort };
  if (parentPort) return openPort(parentPort);
  if (process.send) return openFork();
  throw new Error('This module runs in a child process that Impetus starts, not by itself.');
}

function openFork(): ParentLink {
  // A parent that is gone shows as `disconnect`.
  const send = (message: unknown): void => void process.send?.(message, undefined, undefined, () => undefined);
  const sidePipe = Number(process.env[sidePipeVariable]);
  return {
    send,
    sendLines: sidePipe > 0 ? (lines) => writeWhole(sidePipe, lines) : send,
    onMessage: (listener) => process.on('message', listener),
    onDisconnect: (listener) => process.once('disconnect', listener),
    sendAndExit(message, code) {
      setTimeout(() => process.exit(code), exitGraceMs);
      process.send?.(message, undefined, undefined, () => process.exit(code));
    },
  };
}

/**
 * Writes at once, without a turn of the event loop and a callback for each token. The pipe takes more than all streams
 * are ever granted at a time; a parent that does not read for so long holds the engine up, and nothing is lost.
 */
function writeWhole(pipe: number, text: string): void {
  try {
    const written = writeSync(pipe, text);
    if (written < Buffer.byteLength(text)) writeRest(pipe, Buffer.from(text).subarray(written));
  } catch (error) {
    // The parent is gone.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

function writeRest(pipe: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(pipe, bytes, at);
}

function openPort(port: ParentPort): ParentLink {
  return {
    send: (message) => port.postMessage(message),
    sendLines: (lines) => port.postMessage(lines),
    onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
    // Electron ends a utility process with its parent.
    onDisconnect: () => undefined,
    sendAndExit(message, code) {
      port.postMessage(message);
      setTimeout(() => process.exit(code), exitGraceMs);
    },
  };
}
