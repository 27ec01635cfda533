/** One flag of a command. `value` names what follows it in the help; absent: the flag stands alone. */
export interface Flag {
  value?: string;
  /** May be given several times. */
  isRepeatable?: boolean;
  /** Environment variable that stands for the flag when the flag is absent. */
  environment?: string;
  help: string;
  /** Accepted, but not shown in the help. */
  isHidden?: boolean;
}

export type Flags = Readonly<Record<string, Flag>>;

/** Every command takes these. */
export const commonFlags = {
  home: { value: 'DIR', environment: 'IMPETUS_HOME', help: 'Home folder; default ~/.impetus' },
  json: { help: 'The last line of the output is one JSON value' },
  help: { help: 'Show this help' },
} satisfies Flags;

/** Flags of `serve`, of `npm start` and of the headless entry: the same letter by letter. */
export const serveFlags = {
  headless: { help: 'No tray and no window', isHidden: true },
  port: { value: 'N', environment: 'IMPETUS_PORT', help: 'Port; default 11535, or the next free one up to 11544' },
  host: { value: 'ADDR', help: 'Address to listen at; default loopback' },
  model: { value: 'ID|PATH|none', help: 'Default model of this run' },
  threads: { value: 'N', environment: 'IMPETUS_THREADS', help: 'Threads of an engine; default physical cores' },
  slots: { value: 'N', help: 'Parallel sequences of a model; default 1 to 4, as memory allows' },
  ctx: { value: 'N', help: 'Tokens one sequence can hold; default up to 32,768' },
  'models-dir': { value: 'DIR', help: 'A further folder with models' },
  'no-compat-ports': { help: 'Leave the ports of Ollama and LM Studio alone' },
  'no-open': { help: 'Open no window and no browser' },
  'log-level': { value: 'LEVEL', help: 'trace, debug, info, warn, error or silent' },
} satisfies Flags;
