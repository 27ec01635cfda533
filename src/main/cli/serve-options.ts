import { logLevelSchema } from '#shared/domain/log-entry.ts';
import { commonFlags, serveFlags } from './flags.ts';
import { parseArguments, type Given, type GivenArguments } from './parse-arguments.ts';

const logLevels = [...logLevelSchema.options, 'silent'] as const;

/** What one run was asked for; undefined leaves it to the settings. */
export interface ServeOptions {
  home: string | undefined;
  /** Named explicitly: when it is busy, the start fails instead of taking another. */
  port: number | undefined;
  host: string | undefined;
  /** Wire id, alias or path; `none` starts without one. */
  model: string | undefined;
  threads: number | undefined;
  slots: number | undefined;
  contextSize: number | undefined;
  /** Searched beside the folders of the settings. */
  modelsFolder: string | undefined;
  /** False: never take the ports of Ollama and LM Studio. */
  takesCompatiblePorts: boolean;
  /** False: open no window and no browser. */
  opensWindow: boolean;
  logLevel: (typeof logLevels)[number] | undefined;
  json: boolean;
}

/** Reads the flags of `npm start` and of the headless entry. Errors: `invalid-request` names the flag. */
export function parseServeOptions(given: Given): ServeOptions {
  const rules = {
    flags: { ...commonFlags, ...serveFlags },
    positionals: { min: 0, max: 0 },
    usage: 'npm start -- [FLAGS]',
  };
  return toServeOptions(parseArguments(given, rules));
}

export function toServeOptions(given: GivenArguments): ServeOptions {
  const count = (flag: string, max: number) => given.number(flag, { min: 1, max, isInteger: true });
  return {
    home: given.text('home'),
    port: count('port', 65_535),
    host: given.text('host'),
    model: given.text('model'),
    threads: count('threads', 512),
    slots: count('slots', 64),
    contextSize: given.number('ctx', { min: 16, max: 100_000_000, isInteger: true }),
    modelsFolder: given.text('models-dir'),
    takesCompatiblePorts: !given.isSet('no-compat-ports'),
    opensWindow: !given.isSet('no-open'),
    logLevel: given.oneOf('log-level', logLevels),
    json: given.isSet('json'),
  };
}

/** Nothing asked for but the home folder: for work without a server. */
export function localOptions(home: string | undefined): ServeOptions {
  return {
    home,
    port: undefined,
    host: undefined,
    model: undefined,
    threads: undefined,
    slots: undefined,
    contextSize: undefined,
    modelsFolder: undefined,
    takesCompatiblePorts: false,
    opensWindow: false,
    logLevel: 'silent',
    json: false,
  };
}
