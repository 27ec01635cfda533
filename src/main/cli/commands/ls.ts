import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import { connect } from '../attach.ts';
import type { CliCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatBytes, formatTable } from '../format.ts';

/** The models of the library; without a server from its catalogue. */
export const lsCommand: CliCommand = {
  name: 'ls',
  usage: 'ls',
  summary: 'List the models',
  flags: {},
  positionals: { min: 0, max: 0 },
  prepare(given) {
    const home = given.text('home');
    return async ({ environment, output }) => {
      const connection = await connect(home, environment);
      try {
        const models = await connection.client.command('models.list', {});
        if (models.length === 0) output.note('No models yet. Add one with `impetus import FILE`.');
        output.result(formatTable(['NAME', 'SIZE', 'QUANT', 'CONTEXT', 'CAN DO', 'STATE'], models.map(toRow)), models);
        return exitCodes.ok;
      } finally {
        await connection.close();
      }
    };
  },
};

function toRow(model: ModelSummary): string[] {
  const { id, sizeBytes, facts, isDefault, status } = model;
  return [
    id,
    formatBytes(sizeBytes),
    facts.quantization,
    facts.trainedContext === null ? '-' : String(facts.trainedContext),
    describeAbilities(model),
    [...(isDefault ? ['default'] : []), ...toStateWords(status)].join(', '),
  ];
}

/** What tells models apart: nearly all of them write text, and JSON when asked to. */
function describeAbilities(model: ModelSummary): string {
  const names = modelCapabilities(model).names.filter((name) => name !== 'completion' && name !== 'json-schema');
  return names.join(', ') || 'text';
}

function toStateWords(status: ModelSummary['status']): string[] {
  switch (status.state) {
    case 'unloaded':
      return [];
    case 'loading':
      return [`loading ${Math.round(status.progress * 100)} %`];
    case 'failed':
      return [`failed: ${status.message}`];
    case 'loaded':
    case 'unloading':
      return [status.state];
    default:
      return status satisfies never;
  }
}
