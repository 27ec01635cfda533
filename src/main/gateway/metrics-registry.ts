import type { FinishReason, Timings, Usage } from '#shared/domain/generation.ts';
import { HistogramMetric, NumberMetric } from './metrics.ts';

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
}

export interface MetricsRegistry {
  recordGeneration(record: GenerationRecord): void;
  recordHttp(record: HttpRecord): void;
  /** Where the live figures come from; asked once per scrape. */
  setLiveFigures(read: () => Promise<LiveFigures>): void;
  /** The Prometheus text format. */
  render(): Promise<{ contentType: string; body: string }>;
}

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

/** llama-server's metric names, so that its dashboards work, and Impetus' own beside them. */
export function createMetricsRegistry(): MetricsRegistry {
  const meters = createMeters();
  let readLiveFigures: (() => Promise<LiveFigures>) | undefined;
  return {
    recordGeneration: (record) => recordGeneration(meters, record),
    recordHttp({ route, method, status, durationMs }) {
      meters.httpRequests.count(route, method, String(status));
      meters.httpSeconds.observe(durationMs / 1000, route);
    },
    setLiveFigures(read) {
      readLiveFigures = read;
    },
    async render() {
      if (readLiveFigures) setGauges(meters, await readLiveFigures());
      setSpeeds(meters);
      const blocks = Object.values(meters).map((meter) => meter.render());
      return { contentType, body: blocks.join('\n') };
    },
  };
}

type Meters = ReturnType<typeof createMeters>;

/** In the order they are shown. */
function createMeters() {
  const counter = (name: string, help: string) => new NumberMetric('counter', { name, help });
  const gauge = (name: string, help: string) => new NumberMetric('gauge', { name, help });
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
    generations: new NumberMetric('counter', {
      name: 'impetus_generations_total',
      help: 'Generations by model and outcome.',
      labels: ['model', 'outcome'],
    }),
    queueSeconds: new HistogramMetric({
      name: 'impetus_queue_seconds',
      help: 'Time from arrival at the engine to the first batch.',
      bounds: [0.001, 0.01, 0.1, 1, 10, 60],
    }),
    httpRequests: new NumberMetric('counter', {
      name: 'impetus_http_requests_total',
      help: 'HTTP requests by route, method and status.',
      labels: ['route', 'method', 'status'],
    }),
    httpSeconds: new HistogramMetric({
      name: 'impetus_http_request_seconds',
      help: 'Time from the request line to the end of the answer.',
      label: 'route',
      bounds: [0.001, 0.01, 0.1, 1, 10, 60, 300],
    }),
  };
}

function recordGeneration(meters: Meters, record: GenerationRecord): void {
  const { model, outcome, usage, computedTokens, timings } = record;
  meters.generations.count(model, outcome);
  meters.queueSeconds.observe(timings.queueMs / 1000);
  meters.promptTokens.add(computedTokens);
  meters.reusedTokens.add(usage.cachedTokens);
  meters.promptSeconds.add(timings.prefillMs / 1000);
  meters.predictedTokens.add(usage.completionTokens);
  meters.predictedSeconds.add(timings.decodeMs / 1000);
}

function setSpeeds({ promptTokens, promptSeconds, promptSpeed, ...predicted }: Meters): void {
  promptSpeed.set(ratio(promptTokens.amount, promptSeconds.amount));
  predicted.predictedSpeed.set(ratio(predicted.predictedTokens.amount, predicted.predictedSeconds.amount));
}

function setGauges(meters: Meters, figures: LiveFigures): void {
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
