import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import type { GenerationTask } from '../engine-port/index.ts';
import { compileDecodeProgram } from './compile-decode-program.ts';
import { resolveSampling } from './generation-defaults.ts';
import type { ModelSettings } from './ports.ts';
import { withReasoningArguments } from './reasoning-arguments.ts';

/** The request with every default resolved, as an engine takes it. */
export function toTask(request: GenerationRequest, model: ModelRecord, overrides: ModelSettings): GenerationTask {
  return {
    prompt: withReasoningArguments(request.prompt, request.reasoning),
    sampling: resolveSampling({
      request: request.sampling,
      overrides: overrides.sampling,
      recommended: model.facts.sampling,
    }),
    maxTokens: request.maxTokens ?? null,
    program: compileDecodeProgram(request),
    ...pickDefined(request),
  };
}

const passedOn = [
  'output',
  'toolChoice',
  'parallelToolCalls',
  'reasoning',
  'adapters',
  'tokenProbabilities',
  'promptProbabilities',
] as const satisfies readonly (keyof GenerationRequest & keyof GenerationTask)[];

type PassedOn = Pick<GenerationTask, (typeof passedOn)[number]>;

function pickDefined(request: GenerationRequest): PassedOn {
  const entries = passedOn.map((name) => [name, request[name]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}
