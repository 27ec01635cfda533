import { useState } from 'react';
import type { CommandInput, CommandName, CommandOutput } from '#shared/control/contract.ts';
import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import { useControl } from './control-context.ts';

export interface RunningCommand<Name extends CommandName> {
  /** Undefined when it failed: the failure is in `error`. Never rejects. */
  run: (input: CommandInput<Name>) => Promise<CommandOutput<Name> | undefined>;
  isRunning: boolean;
  error: AppError | undefined;
  clearError: () => void;
}

/** One command with its state: running, failed, done. */
export function useCommand<Name extends CommandName>(name: Name): RunningCommand<Name> {
  const { client } = useControl();
  const [running, setRunning] = useState(0);
  const [error, setError] = useState<AppError>();

  async function run(input: CommandInput<Name>): Promise<CommandOutput<Name> | undefined> {
    setRunning((count) => count + 1);
    setError(undefined);
    try {
      return await client.command(name, input);
    } catch (thrown) {
      setError(toAppError(thrown));
      return undefined;
    } finally {
      setRunning((count) => count - 1);
    }
  }

  return { run, isRunning: running > 0, error, clearError: () => setError(undefined) };
}
