/**
 * Loaded before a module that runs as an Electron helper process: gives plain Node the `process.parentPort` that
 * Electron's `utilityProcess` gives, over the channel of `child_process.fork`.
 */
import { EventEmitter } from 'node:events';

const port = new EventEmitter() as EventEmitter & { postMessage(message: unknown): void };
port.postMessage = (message) => void process.send?.(message);
process.on('message', (data) => port.emit('message', { data }));
Object.assign(process, { parentPort: port });
