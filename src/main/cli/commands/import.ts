import path from 'node:path';
import type { ModelSummary } from '#shared/domain/model.ts';
import { connect } from '../attach.ts';
import type { CliCommand } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatBytes } from '../format.ts';

/** Registers a file where it lies, after the header pre-check; nothing is copied. */
export const importCommand: CliCommand = {
  name: 'import',
  usage: 'import FILE',
  summary: 'Add a model file to the library, where it lies',
  flags: {},
  positionals: { min: 1, max: 1 },
  prepare(given) {
    const [file = ''] = given.positionals;
    const home = given.text('home');
    return async ({ environment, output }) => {
      const connection = await connect(home, environment);
      try {
        const model = await connection.client.command('models.import', {
          path: path.resolve(environment.workingFolder, file),
        });
        output.result(describe(model), model);
        return exitCodes.ok;
      } finally {
        await connection.close();
      }
    };
  },
};

function describe({ id, sizeBytes, facts }: ModelSummary): string {
  return `${id} is in the library: ${facts.name}, ${facts.quantization}, ${formatBytes(sizeBytes)}.\n`;
}
