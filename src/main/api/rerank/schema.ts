import { z } from 'zod';
import { listSchema, modelNameSchema, textSchema } from '../validate.ts';

const mostDocuments = 10_000;
const mostKept = 1_000_000;

const documentSchema = z.union(
  [textSchema, z.object({ text: textSchema })],
  'expected a text or an object with "text"',
);

export const rerankRequestSchema = z.object({
  model: modelNameSchema.optional(),
  query: textSchema,
  documents: listSchema(documentSchema, mostDocuments).refine(({ length }) => length > 0, 'it is empty'),
  top_n: z.int().min(1).max(mostKept).optional(),
  /** Voyage's name of `top_n`. */
  top_k: z.int().min(1).max(mostKept).optional(),
  return_documents: z.boolean().optional(),
  /** False brings scores between 0 and 1. Default: true, but for Cohere's own path. */
  raw_scores: z.boolean().optional(),
});
export type RerankBody = z.infer<typeof rerankRequestSchema>;

export const textRerankRequestSchema = z.object({
  model: modelNameSchema.optional(),
  query: textSchema,
  texts: listSchema(textSchema, mostDocuments).refine(({ length }) => length > 0, 'it is empty'),
  raw_scores: z.boolean().optional(),
  return_text: z.boolean().optional(),
  top_n: z.int().min(1).max(mostKept).optional(),
});
export type TextRerankBody = z.infer<typeof textRerankRequestSchema>;
