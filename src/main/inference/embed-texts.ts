import type { EmbedResult } from '../engine-port/index.ts';
import type { RequestContext } from './generate-text.ts';
import type { ModelLibrary, ModelScheduler } from './ports.ts';

export interface EmbedRequest {
  /** Absent means the default model. */
  model?: string | undefined;
  /** Texts, or token ids of the model. */
  inputs: (string | number[])[];
  /** As in a generation. */
  keepAliveMs?: number | undefined;
}

/** Vectors of length 1 for each input. Waits for the model to be in memory. */
export async function embedTexts(
  { library, scheduler }: { library: ModelLibrary; scheduler: ModelScheduler },
  { model: name, inputs, keepAliveMs }: EmbedRequest,
  { signal }: RequestContext,
): Promise<EmbedResult> {
  const model = library.resolve(name);
  const lease = await scheduler.acquire({
    model,
    loadOptions: library.modelSettings(model.id).load,
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
    signal,
  });
  try {
    return await lease.instance.embed({ inputs }, signal);
  } finally {
    lease.release();
  }
}
