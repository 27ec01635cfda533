import { z } from 'zod';

/**
 * What must act before the next token is sampled, as plain data: compiled by `inference`, executed beside sampling in
 * the engine's process by the automata of `decoding`.
 */
export const decodeProgramSchema = z.strictObject({
  /** Texts that end the answer; the matched text is not part of the answer. Any length, also across token borders. */
  stops: z.array(z.string().min(1)),
  /** True keeps generating past the model's end-of-generation tokens. */
  ignoreEndOfGeneration: z.boolean(),
});
export type DecodeProgram = z.infer<typeof decodeProgramSchema>;
