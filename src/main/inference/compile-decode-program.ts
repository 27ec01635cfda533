import type { DecodeProgram } from '#shared/domain/decode-program.ts';
import type { GenerationRequest } from '#shared/domain/generation.ts';

/** What must act before the next token is sampled, as data that the engine's process executes. */
export function compileDecodeProgram({ stops, ignoreEndOfGeneration }: GenerationRequest): DecodeProgram {
  return { stops: [...new Set(stops)], ignoreEndOfGeneration: ignoreEndOfGeneration ?? false };
}
