import type { ModelState, ModelSummary } from '#shared/domain/model.ts';
import { findRunningServer } from '../attach.ts';
import type { CliCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatBytes, formatTable, formatTimeUntil } from '../format.ts';

/** The models in memory; nothing without a server. */
export const psCommand: CliCommand = {
  name: 'ps',
  usage: 'ps',
  summary: 'List the models in memory',
  flags: {},
  positionals: { min: 0, max: 0 },
  prepare(given) {
    const home = given.text('home');
    return async ({ environment, output }) => {
      const server = await findRunningServer(environment.openHome(home), environment);
      const models = (await server?.client.command('models.list', {})) ?? [];
      server?.client.close();
      const inMemory = models.filter(({ status }) => status.state !== 'unloaded' && status.state !== 'failed');
      const headings = ['NAME', 'MEMORY', 'WHERE', 'CONTEXT', 'SLOTS', 'REQUESTS', 'UNLOADS'];
      output.result(formatTable(headings, inMemory.map(toRow)), inMemory);
      return exitCodes.ok;
    };
  },
};

function toRow({ id, status }: ModelSummary): string[] {
  if (status.state !== 'loaded') return [id, '-', status.state, '-', '-', '-', '-'];
  return [
    id,
    formatBytes(status.memoryBytes),
    `${status.device}, ${status.placement}`,
    String(status.contextSize),
    String(status.slots),
    String(status.activeRequests),
    toUnloadTime(status),
  ];
}

function toUnloadTime({ activeRequests, unloadsAt }: Extract<ModelState, { state: 'loaded' }>): string {
  if (unloadsAt !== null) return `in ${formatTimeUntil(unloadsAt, Date.now())}`;
  return activeRequests > 0 ? 'when idle' : 'never';
}
