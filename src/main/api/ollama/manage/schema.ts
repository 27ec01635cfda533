import { z } from 'zod';
import { modelNameSchema, textSchema } from '../../validate.ts';
import { modelFieldSchema } from '../model-field.ts';

const namedFields = { model: modelFieldSchema, name: modelFieldSchema, stream: z.boolean().optional() } as const;

export const pullSchema = z.object(namedFields);

export const createSchema = z.object({
  ...namedFields,
  from: modelNameSchema.optional(),
  files: z.record(textSchema.max(256), textSchema.max(256)).optional(),
});

export const copySchema = z.object({ source: modelNameSchema, destination: modelNameSchema });

export const deleteSchema = z.object({ model: modelFieldSchema, name: modelFieldSchema });
