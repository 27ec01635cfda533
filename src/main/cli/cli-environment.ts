import type { Readable, Writable } from 'node:stream';
import type { ControlClient } from '#shared/control/client.ts';
import type { ServeOptions } from './serve-options.ts';

export type CliInput = Readable & { isTTY?: boolean; fd?: number };
export type CliOutput = Writable & { isTTY?: boolean; columns?: number };

/** A home folder and the Impetus that owns it, if one runs. */
export interface CliHome {
  /** Absolute path. */
  folder: string;
  /** The instance recorded in the folder whose process lives. */
  findInstance(): Promise<{ pid: number; port: number } | undefined>;
  readControlToken(): Promise<string | undefined>;
}

/** The app in this process, without HTTP. */
export interface LocalApp {
  client: ControlClient;
  /** Unloads everything and closes the files. */
  stop(): Promise<void>;
}

/** Everything the CLI touches, given by the entry. */
export interface CliEnvironment {
  /** Without node and script. */
  argv: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  workingFolder: string;
  version: string;
  stdin: CliInput;
  stdout: CliOutput;
  stderr: CliOutput;
  fetch: typeof globalThis.fetch;
  /** `explicit`, else IMPETUS_HOME, else `~/.impetus`. */
  openHome(explicit: string | undefined): CliHome;
  /** Serves until it is ended; returns the exit code. Errors: `port-in-use`, `already-running`, … */
  startHeadless(options: ServeOptions): Promise<number>;
  createLocalApp(options: ServeOptions): Promise<LocalApp>;
  /** Shows an address in the user's browser; rejects where there is none. */
  openInBrowser(url: string): Promise<void>;
  /** Calls `listener` at Ctrl-C or SIGTERM instead of ending the process; returns the unsubscribe function. */
  onInterrupt(listener: () => void): () => void;
}
