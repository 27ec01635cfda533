/** The child's end of the channel to its parent. */
export interface ParentLink {
  send(message: unknown): void;
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
  return {
    // A parent that is gone shows as `disconnect`.
    send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => process.on('message', listener),
    onDisconnect: (listener) => process.once('disconnect', listener),
    sendAndExit(message, code) {
      setTimeout(() => process.exit(code), exitGraceMs);
      process.send?.(message, undefined, undefined, () => process.exit(code));
    },
  };
}

function openPort(port: ParentPort): ParentLink {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
    // Electron ends a utility process with its parent.
    onDisconnect: () => undefined,
    sendAndExit(message, code) {
      port.postMessage(message);
      setTimeout(() => process.exit(code), exitGraceMs);
    },
  };
}
