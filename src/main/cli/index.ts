/**
 * The `impetus` command line: arguments in, text or one JSON value and an exit code out. Called by the entries. Speaks
 * the control contract only, to a running Impetus or to one in this process; never knows engines, HTTP routes, Electron
 * or how the app is put together.
 */
export type { CliEnvironment, CliHome, LocalApp } from './cli-environment.ts';
export { exitCodes, toExitCode } from './exit-code.ts';
export { runCli } from './run-cli.ts';
export { parseServeOptions, type ServeOptions } from './serve-options.ts';
