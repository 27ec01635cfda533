import { z } from 'zod';
import { loadOptionsSchema, modelOverridesSchema, modelSummarySchema } from '../../domain/model.ts';
import { passportSchema } from '../../domain/passport.ts';
import { command, signal } from '../define-contract.ts';

const modelName = z.strictObject({ model: z.string().min(1) });
const nothing = z.strictObject({});

export const modelCommands = {
  'models.list': command(nothing, z.array(modelSummarySchema)),
  /** All that is known of one model, whether or not its file is there. `passport` null: not measured yet. */
  'models.show': command(
    modelName,
    z.strictObject({
      model: modelSummarySchema,
      settings: modelOverridesSchema,
      passport: passportSchema.nullable(),
      /** False for a passport of another build of the engine. */
      isPassportCurrent: z.boolean(),
    }),
    ['model-not-found'],
  ),
  /** Answers when the model is in memory; progress comes through `models.changed`. */
  'models.load': command(
    z.strictObject({ model: z.string().min(1), options: loadOptionsSchema.optional() }),
    modelSummarySchema,
    ['model-not-found', 'model-file-missing', 'model-file-invalid', 'model-load-failed', 'memory-insufficient'],
  ),
  /** Frees the memory. While requests run on it: `model-in-use`, or with `force` they are cancelled. */
  'models.unload': command(z.strictObject({ model: z.string().min(1), force: z.boolean().optional() }), nothing, [
    'model-not-found',
    'model-in-use',
  ]),
  /** Null: no default model. */
  'models.setDefault': command(z.strictObject({ model: z.string().min(1).nullable() }), nothing, ['model-not-found']),
  /** Registers a file in place after the header pre-check; nothing is copied. */
  'models.import': command(z.strictObject({ path: z.string().min(1) }), modelSummarySchema, [
    'model-file-missing',
    'model-file-invalid',
    'model-format-unsupported',
  ]),
  /** Forgets a model. A file in Impetus' own folder stays on disk too: deleting comes with the library. */
  'models.forget': command(modelName, nothing, ['model-not-found', 'model-in-use']),
  /** A file that was set aside after crashes may be loaded again; its next load is a first load, in a child. */
  'models.release': command(modelName, modelSummarySchema, ['model-not-found']),
} as const;

export const modelSignals = {
  /** The whole list, after every change of the catalog or of a model's state. At most four times a second. */
  'models.changed': signal(z.array(modelSummarySchema)),
} as const;
