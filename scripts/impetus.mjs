#!/usr/bin/env node
/**
 * The `impetus` command: makes sure that packages and build are there (silently when they are), then runs the built
 * CLI under Node 24 with this process's own input and output. Plain Node >= 18, no dependencies.
 */
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { nodeFlags, withCompileCache } from './setup/launch-headless.mjs';
import { prepare } from './setup/prepare.mjs';
import { createReporter } from './setup/progress.mjs';
import { repositoryRoot } from './setup/repository.mjs';
import { SetupError, isAbort } from './setup/setup-error.mjs';
import { createStopSignal, interruptedCode } from './setup/stop-signals.mjs';

const signal = createStopSignal();

try {
  const { nodePath, environment } = await prepare({ reporter: createReporter({ output: process.stderr }), signal });
  process.exitCode = await runCli(nodePath, withCompileCache(environment, repositoryRoot));
} catch (error) {
  if (!isAbort(error) && !(error instanceof SetupError)) throw error;
  if (error instanceof SetupError) process.stderr.write(`${error.line}\n`);
  process.exitCode = isAbort(error) ? interruptedCode : 1;
}

/**
 * A terminal sends Ctrl-C to this process and the CLI alike, so SIGINT is left to arrive by itself; everything else is
 * passed on.
 * @param {string} nodePath
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<number>}
 */
function runCli(nodePath, environment) {
  const entry = path.join(repositoryRoot, 'dist', 'headless', 'impetus.js');
  const nodeArguments = [...nodeFlags, entry, ...process.argv.slice(2)];
  const child = spawn(nodePath, nodeArguments, { stdio: 'inherit', env: environment });
  for (const name of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(name, () => child.kill(name));
  if (!process.stdin.isTTY) process.on('SIGINT', () => child.kill('SIGINT'));
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code, name) => resolve(code ?? 128 + (name ? os.constants.signals[name] : 1)));
  });
}
