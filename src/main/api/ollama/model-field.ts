import { z } from 'zod';
import { modelNameSchema } from '../validate.ts';

/** A model's name; empty counts as absent, which means the default model. */
export const modelFieldSchema = z.union([z.literal(''), modelNameSchema]).optional();
