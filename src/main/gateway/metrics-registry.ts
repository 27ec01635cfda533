import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FinishReason, Timings, Usage } from '#shared/domain/generation.ts';

/** One generation that has ended, as far as it came. */
export interface GenerationRecord {
  model: string;
  outcome: FinishReason | 'error';
  usage: Usage;
  /** Prompt tokens really computed: neither reused nor left out by a cancel. */
  computedTokens: number;
  timings: Timings;
}

interface HttpRecord {
  /** The pattern of the route, never the path: a path may hold names. */
  route: string;
  method: string;
  status: number;
  durationMs: number;
}

/** Figures read when somebody asks for the metrics. */
interface LiveFigures {
  activeRequests: number;
  queuedRequests: number;
  loadedModels: number;
  /** Decode calls of the models in memory. */
  decodeSteps: number;
  /** Tokens in those calls, prompt and answer. */
  decodedTokens: number;
  /** Most tokens that one request has held, prompt and answer together. */
  longestSequence: number;
  /** Tokens that the contexts have room for, tokens they hold, and what 95 of 100 steps did with at most. */
  allocatedTokens?: number;
  usedTokens?: number;
  allocatedToUsedP95?: number;
}

export interface MetricsRegistry {
  recordGeneration(record: GenerationRecord): void;
  recordHttp(record: HttpRecord): void;
  /** Where the live figures come from; asked once per scrape. */
  setLiveFigures(read: () => Promise<LiveFigures>): void;
  /** The Prometheus text format. */
  render(): Promise<{ contentType: string; body: string }>;
}

/** llama-server's metric names, so that its dashboards work, and Impetus' own beside them. */
export function createMetricsRegistry(): MetricsRegistry {
  const registry = new Registry();
  const meters = createMeters(registry);
  let readLiveFigures: (() => Promise<LiveFigures>) | undefined;
  return {
    recordGeneration: (record) => recordGeneration(meters, record),
    recordHttp({ route, method, status, durationMs }) {
      meters.httpRequests.inc({ route, method, status: String(status) });
      meters.httpSeconds.observe({ route }, durationMs / 1000);
    },
    setLiveFigures(read) {
      readLiveFigures = read;
    },
    async render() {
      if (readLiveFigures) setGauges(meters, await readLiveFigures());
      setSpeeds(meters);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(registry: Registry) {
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  return {
    promptTokens: counter('llamacpp:prompt_tokens_total', 'Prompt tokens computed; reused ones are not counted.'),
    promptSeconds: counter('llamacpp:prompt_seconds_total', 'Seconds spent on prompts.'),
    promptSpeed: gauge('llamacpp:prompt_tokens_seconds', 'Prompt tokens per second, mean since the start.'),
    predictedTokens: counter('llamacpp:tokens_predicted_total', 'Generated tokens.'),
    predictedSeconds: counter('llamacpp:tokens_predicted_seconds_total', 'Seconds spent on generating.'),
    predictedSpeed: gauge(
      'llamacpp:predicted_tokens_seconds',
      'Generated tokens per second of one request, mean since the start.',
    ),
    processing: gauge('llamacpp:requests_processing', 'Requests being answered.'),
    deferred: gauge('llamacpp:requests_deferred', 'Requests waiting for a sequence.'),
    longestSequence: gauge('llamacpp:n_tokens_max', 'Most tokens that one request has held.'),
    decodeSteps: gauge('llamacpp:n_decode_total', 'Decode calls of the models in memory.'),
    tokensPerDecode: gauge('impetus_tokens_per_decode', 'Tokens per decode call, mean over the models in memory.'),
    reusedTokens: counter('impetus_prompt_tokens_reused_total', 'Prompt tokens whose state was reused, not computed.'),
    loadedModels: gauge('impetus_models_loaded', 'Models in memory.'),
    allocatedTokens: gauge(
      'impetus_kv_tokens_allocated',
      'Tokens that the contexts of the models in memory have room for.',
    ),
    usedTokens: gauge('impetus_kv_tokens_used', 'Tokens whose key/value state is held in a context.'),
    allocatedToUsed: gauge(
      'impetus_kv_allocated_to_used_ratio',
      'Tokens allocated for each one in use, in 95 of 100 steps at most; the worst model.',
    ),
    generations: new Counter({
      name: 'impetus_generations_total',
      help: 'Generations by model and outcome.',
      labelNames: ['model', 'outcome'],
      registers,
    }),
    queueSeconds: new Histogram({
      name: 'impetus_queue_seconds',
      help: 'Time from arrival at the engine to the first batch.',
      buckets: [0.001, 0.01, 0.1, 1, 10, 60],
      registers,
    }),
    httpRequests: new Counter({
      name: 'impetus_http_requests_total',
      help: 'HTTP requests by route, method and status.',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'impetus_http_request_seconds',
      help: 'Time from the request line to the end of the answer.',
      labelNames: ['route'],
      buckets: [0.001, 0.01, 0.1, 1, 10, 60, 300],
      registers,
    }),
    totals: { promptTokens: 0, promptSeconds: 0, predictedTokens: 0, predictedSeconds: 0 },
  };
}

function recordGeneration(meters: Meters, record: GenerationRecord): void {
  const { model, outcome, usage, computedTokens, timings } = record;
  const { totals } = meters;
  meters.generations.inc({ model, outcome });
  meters.queueSeconds.observe(timings.queueMs / 1000);
  meters.promptTokens.inc(computedTokens);
  meters.reusedTokens.inc(usage.cachedTokens);
  meters.promptSeconds.inc(timings.prefillMs / 1000);
  meters.predictedTokens.inc(usage.completionTokens);
  meters.predictedSeconds.inc(timings.decodeMs / 1000);
  totals.promptTokens += computedTokens;
  totals.promptSeconds += timings.prefillMs / 1000;
  totals.predictedTokens += usage.completionTokens;
  totals.predictedSeconds += timings.decodeMs / 1000;
}

function setSpeeds({ totals, promptSpeed, predictedSpeed }: Meters): void {
  promptSpeed.set(ratio(totals.promptTokens, totals.promptSeconds));
  predictedSpeed.set(ratio(totals.predictedTokens, totals.predictedSeconds));
}

function setGauges(meters: Meters, figures: LiveFigures): void {
  const { allocatedTokens = 0, usedTokens = 0, allocatedToUsedP95 = 0 } = figures;
  meters.allocatedTokens.set(allocatedTokens);
  meters.usedTokens.set(usedTokens);
  meters.allocatedToUsed.set(allocatedToUsedP95);
  meters.processing.set(figures.activeRequests);
  meters.deferred.set(figures.queuedRequests);
  meters.loadedModels.set(figures.loadedModels);
  meters.longestSequence.set(figures.longestSequence);
  meters.decodeSteps.set(figures.decodeSteps);
  meters.tokensPerDecode.set(ratio(figures.decodedTokens, figures.decodeSteps));
}

function ratio(amount: number, divisor: number): number {
  return divisor > 0 ? amount / divisor : 0;
}
