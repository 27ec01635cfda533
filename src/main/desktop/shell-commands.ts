import type { ShellCommandName } from '#shared/control/contracts/shell.contract.ts';
import { isShellCommandName, shellCommands } from '#shared/control/contracts/shell.contract.ts';
import type { CommandInput } from '#shared/control/contract.ts';
import type { ControlEndpoint, Envelope } from '#shared/control/transports/control-transport.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';

/** What the shell does for each of its own commands. */
export type ShellActions = { [Name in ShellCommandName]: (input: CommandInput<Name>) => void | Promise<void> };

/** The endpoint with the shell's own commands answered here; everything else goes on to the server. */
export function withShellCommands(endpoint: ControlEndpoint, actions: ShellActions): ControlEndpoint {
  return {
    invoke: (name, input) => (isShellCommandName(name) ? answer(name, input, actions) : endpoint.invoke(name, input)),
    open: (name, input, abort) => endpoint.open(name, input, abort),
    subscribe: (name, listener) => endpoint.subscribe(name, listener),
  };
}

async function answer(name: ShellCommandName, input: unknown, actions: ShellActions): Promise<Envelope> {
  const parsed = shellCommands[name].input.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') ?? '';
    const message = `"${name}" was called with input that does not fit${place && ` at "${place}"`}: ${issue?.message ?? ''}`;
    return { ok: false, error: new AppError('invalid-request', message).toWire() };
  }
  try {
    await (actions[name] as (value: unknown) => void | Promise<void>)(parsed.data);
    return { ok: true, value: {} };
  } catch (error) {
    return { ok: false, error: toAppError(error).toWire() };
  }
}
