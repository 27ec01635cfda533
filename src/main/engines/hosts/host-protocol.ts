import { z } from 'zod';
import { modelRecordSchema } from '#shared/domain/model.ts';
import { wireErrorSchema } from '#shared/errors/app-error.ts';
import {
  embedTaskSchema,
  generationTaskSchema,
  instanceClosedSchema,
  renderTaskSchema,
  rerankTaskSchema,
  resolvedLoadOptionsSchema,
  tokenizeTaskSchema,
} from '../../engine-port/index.ts';

/** Raised when a message or a line changes its meaning; a child of another version is refused at `hello`. */
export const protocolVersion = 2;

/**
 * Events a child may send of one stream before the parent grants more. Bounds the memory a slow reader can take in the
 * parent to that many events; the engine then pauses the stream.
 */
export const streamWindow = 256;

const id = z.int().min(1);

/** What the parent asks. One child serves one `load`; `unload` ends it. */
export const hostRequestSchema = z.discriminatedUnion('type', [
  /** Loads the library, so that a later load is quicker. */
  z.strictObject({ type: z.literal('prepare'), id, gpu: resolvedLoadOptionsSchema.shape.gpu }),
  z.strictObject({ type: z.literal('load'), id, model: modelRecordSchema, options: resolvedLoadOptionsSchema }),
  z.strictObject({ type: z.literal('generate'), id, task: generationTaskSchema }),
  /** Ends a stream; it answers with its end. */
  z.strictObject({ type: z.literal('cancel'), id }),
  /** The reader took that many events: as many more may come. */
  z.strictObject({ type: z.literal('credit'), id, count: z.int().min(1) }),
  z.strictObject({ type: z.literal('tokenize'), id, task: tokenizeTaskSchema }),
  z.strictObject({ type: z.literal('render'), id, task: renderTaskSchema }),
  z.strictObject({ type: z.literal('detokenize'), id, tokens: z.array(z.int()) }),
  z.strictObject({ type: z.literal('stats'), id }),
  z.strictObject({ type: z.literal('embed'), id, task: embedTaskSchema }),
  z.strictObject({ type: z.literal('rerank'), id, task: rerankTaskSchema }),
  z.strictObject({ type: z.literal('forget-state'), id }),
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('unload') }),
]);
export type HostRequest = z.infer<typeof hostRequestSchema>;
/** What is answered with one value. */
export type HostQuestion = Exclude<HostRequest, { type: 'ping' | 'credit' | 'cancel' | 'generate' | 'unload' }>;

/** What the child says beside the lines of its streams (`event-lines.ts`). `reply` values are checked by whoever asked. */
export const hostReplySchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pong') }),
  z.strictObject({ type: z.literal('progress'), progress: z.number().min(0).max(1) }),
  z.strictObject({ type: z.literal('reply'), id, value: z.unknown() }),
  z.strictObject({ type: z.literal('refusal'), id, error: wireErrorSchema }),
  /** The engine's library is loaded; the child takes requests. */
  z.strictObject({ type: z.literal('hello'), protocol: z.int(), engine: z.string() }),
  /** The engine gave up by itself; the child ends next. */
  z.strictObject({ type: z.literal('closed'), closed: instanceClosedSchema }),
  /** An error nobody caught; the child ends next. */
  z.strictObject({ type: z.literal('fault'), message: z.string() }),
]);
export type HostReply = z.infer<typeof hostReplySchema>;
