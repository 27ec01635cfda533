import type { ModelSummary } from '#shared/domain/model.ts';
import type { Readiness } from '../../inference/index.ts';

export interface ReadinessAnswer {
  status: 200 | 503;
  body: object;
}

/** The verdict, and beside it where each model stands. */
export function encodeReadiness(readiness: Readiness, models: readonly ModelSummary[]): ReadinessAnswer {
  const states = models.map(({ id, status }) => ({
    id,
    status: status.state,
    ...(status.state === 'loading' ? { progress: status.progress } : {}),
    ...(status.state === 'failed' ? { message: status.message } : {}),
  }));
  if (!readiness.isReady) return { status: 503, body: { status: readiness.reason, models: states } };
  return {
    status: 200,
    body: {
      status: 'ready',
      model: readiness.model,
      secondsSinceLastSuccess: Math.round(readiness.sinceLastSuccessMs / 100) / 10,
      models: states,
    },
  };
}
