import { z } from 'zod';
import { boundedJsonSchema } from '../bounded-json.ts';
import { listSchema, textSchema } from '../validate.ts';

const maxBlocks = 10_000;

const textBlockSchema = z.object({ type: z.string(), text: textSchema.nullish() });

/** Blocks that may stand within the result of a tool, or by themselves. */
const innerBlockSchema = textBlockSchema.extend({
  /** A document's or an image's; a search result has an address here. */
  source: z
    .union([
      textSchema,
      z.object({
        type: z.string(),
        data: textSchema.nullish(),
        content: z.union([textSchema, listSchema(textBlockSchema, maxBlocks)]).nullish(),
      }),
    ])
    .nullish(),
  title: textSchema.nullish(),
  context: textSchema.nullish(),
  citations: z.unknown().optional(),
  content: z.union([textSchema, listSchema(textBlockSchema, maxBlocks)]).nullish(),
  tool_name: textSchema.nullish(),
  url: textSchema.nullish(),
});
export type InnerBlock = z.infer<typeof innerBlockSchema>;

/** Every kind of block in one shape; what a kind needs is checked when it is read. */
const blockSchema = innerBlockSchema.extend({
  content: z.union([textSchema, listSchema(innerBlockSchema, maxBlocks), boundedJsonSchema]).nullish(),
  tool_use_id: textSchema.min(1).max(256).nullish(),
  is_error: z.boolean().nullish(),
  id: textSchema.min(1).max(256).nullish(),
  name: textSchema.min(1).max(256).nullish(),
  input: boundedJsonSchema.nullish(),
  thinking: textSchema.nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
});
export type Block = z.infer<typeof blockSchema>;

/** Keys of blocks that are read, or need not be. */
export const blockKeys: ReadonlySet<string> = new Set([
  ...Object.keys(blockSchema.shape),
  'cache_control',
  'caller',
  'media_type',
]);

export const systemSchema = z.union([textSchema, listSchema(textBlockSchema, maxBlocks)]);
export type WireSystem = z.infer<typeof systemSchema>;

const messageSchema = z.object({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([textSchema, listSchema(blockSchema, maxBlocks)]),
});
export type WireMessage = z.infer<typeof messageSchema>;

export const messagesSchema = listSchema(messageSchema, 100_000).refine(
  (messages) => messages.length > 0,
  'it is empty',
);
