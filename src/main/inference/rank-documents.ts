import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { RerankResult, RerankTask } from '../engine-port/index.ts';
import type { RequestContext } from './generate-text.ts';
import type { ModelLibrary, ModelScheduler } from './ports.ts';

export interface RerankRequest extends RerankTask {
  /** Absent means the default model. */
  model?: string | undefined;
}

/** A score for each document. Waits for the model to be in memory; one whose file rules it out is never loaded. */
export async function rankDocuments(
  { library, scheduler }: { library: ModelLibrary; scheduler: ModelScheduler },
  { model: name, query, documents }: RerankRequest,
  { signal }: RequestContext,
): Promise<RerankResult> {
  const model = library.resolve(name);
  checkRanker(model);
  const lease = await scheduler.acquire({ model, loadOptions: library.modelSettings(model.id).load, signal });
  try {
    return await lease.instance.rerank({ query, documents }, signal);
  } finally {
    lease.release();
  }
}

function checkRanker({ id, facts }: ModelRecord): void {
  const { gives } = facts.traits ?? {};
  if (gives === undefined || gives === 'scores') return;
  const kind = gives === 'vectors' ? 'makes vectors of texts (/v1/embeddings)' : 'writes text';
  throw new AppError('capability-missing', `${id} ${kind}; it scores no documents.`, {
    hint: 'Choose a re-ranker, such as bge-reranker or Qwen3-Reranker.',
    data: { param: 'model', model: id },
  });
}
