import type { CacheReport } from '#shared/domain/cache-report.ts';
import type { NormalizerRule } from '#shared/domain/prompt-normalizer.ts';
import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import type { ModelRecord, ModelState, ModelSummary } from '#shared/domain/model.ts';
import { summarizePassport, type Passport, type PassportEvent } from '#shared/domain/passport.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { ControlHandlerPorts, ServerControl } from '#main/api/control/index.ts';
import { Emitter } from '#main/base/index.ts';
import { makeModelRecord } from './model-record.ts';

export const loadedState: Extract<ModelState, { state: 'loaded' }> = {
  state: 'loaded',
  placement: 'child',
  device: 'cpu',
  contextSize: 8192,
  slots: 4,
  memoryBytes: 300_000_000,
  activeRequests: 0,
  unloadsAt: null,
  pid: 4711,
};

/**
 * The rooms behind the control contract, in memory: a catalogue of two models, settings, a log, and an engine that
 * answers with the words of the prompt. A prompt that says `wait` stops after its first word until it is aborted,
 * `break` fails there.
 */
export class FakeControlApp implements ControlHandlerPorts {
  readonly changed = new Emitter<void>();
  readonly settingsChanged = new Emitter<Settings>();
  readonly logged = new Emitter<LogEntry>();
  readonly logEntries: LogEntry[] = [];
  readonly states = new Map<string, ModelState>();
  /** Models whose unloading must be forced. */
  readonly inUse = new Set<string>();
  readonly requests: GenerationRequest[] = [];
  /** Generations that were aborted or left before their end. */
  cancelledGenerations = 0;
  shutdowns = 0;
  onShutdown = () => {};
  phase: ServerState['phase'] = 'ready';
  currentSettings: Settings = { ...defaultSettings, defaultModel: 'alpha' };
  records: ModelRecord[] = [
    makeModelRecord({ id: 'alpha', path: '/models/alpha.gguf' }),
    makeModelRecord({ id: 'beta', path: '/models/beta.gguf', sizeBytes: 4_800_000_000 }),
  ];

  readonly library: ControlHandlerPorts['library'] = {
    resolve: (name) => this.resolve(name),
    require: (name) => this.resolve(name),
    modelSettings: () => ({ load: {}, sampling: {}, aliases: [] }),
    import: async (path) => this.importFile(path),
    forget: (id) => {
      this.records = this.records.filter((record) => record.id !== id);
      this.changed.emit();
    },
    setTrust: (id, trust) => {
      this.records = this.records.map((record) => (record.id === id ? { ...record, trust } : record));
      this.changed.emit();
    },
    onChange: (listener) => this.changed.subscribe(listener),
  };

  readonly scheduler: ControlHandlerPorts['scheduler'] = {
    load: async ({ model }) => this.setState(model.id, loadedState),
    unload: async (id, { force }) => {
      if (this.inUse.has(id) && !force) throw new AppError('model-in-use', `${id} is answering 1 request.`);
      this.setState(id, { state: 'unloaded' });
    },
    onChange: (listener) => this.changed.subscribe(listener),
  };

  readonly inference: ControlHandlerPorts['inference'] = {
    generate: (request, { signal }) => this.generate(request, signal),
    listModels: () => this.records.map((record) => this.summarize(record)),
    findModel: (name) => this.summarize(this.resolve(name)),
  };

  cacheReport: CacheReport = { uses: [], disk: { files: 0, bytes: 0 } };
  cacheClears = 0;
  normalizerRules: NormalizerRule[] = [];

  readonly cache: ControlHandlerPorts['cache'] = {
    report: async () => this.cacheReport,
    clear: async () => {
      this.cacheClears++;
    },
    normalize: async (rule, isOn) => {
      const others = this.normalizerRules.filter((known) => JSON.stringify(known) !== JSON.stringify(rule));
      this.normalizerRules = isOn ? [...others, rule] : others;
      return this.normalizerRules;
    },
  };

  /** What is known of models by measurement, by id. */
  readonly passportById = new Map<string, Passport>();
  readonly passportsChanged = new Emitter<void>();
  /** What a test tells, before it ends with the passport of that model. */
  testEvents: PassportEvent[] = [];
  /** Tests that were asked for and not yet cancelled or done. */
  runningTests = 0;

  readonly passports: ControlHandlerPorts['passports'] = {
    test: async (model, options) => this.testModel(model, options),
    find: (id) => this.passportById.get(id) ?? null,
    isCurrent: ({ engine }) => engine === 'test-engine',
    onChange: (listener) => this.passportsChanged.subscribe(listener),
  };

  readonly settings: ControlHandlerPorts['settings'] = {
    get: () => this.currentSettings,
    update: async (patch) => {
      this.currentSettings = Object.assign({ ...this.currentSettings }, patch);
      this.settingsChanged.emit(this.currentSettings);
      return this.currentSettings;
    },
    subscribe: (listener) => this.settingsChanged.subscribe(listener),
  };

  readonly logFeed: ControlHandlerPorts['logFeed'] = {
    recent: (limit) => this.logEntries.slice(-limit),
    subscribe: (listener) => this.logged.subscribe(listener),
  };

  readonly serverControl: ServerControl = {
    state: () => this.serverState(),
    subscribe: (listener) => this.changed.subscribe(listener),
    pause: () => this.setPhase('paused'),
    resume: () => this.setPhase('ready'),
    shutdown: () => {
      this.shutdowns += 1;
      this.onShutdown();
    },
  };

  setPhase(phase: ServerState['phase']): void {
    this.phase = phase;
    this.changed.emit();
  }

  setState(id: string, state: ModelState): void {
    this.states.set(id, state);
    this.changed.emit();
  }

  log(message: string): void {
    const entry: LogEntry = { time: '2026-11-21T12:00:00.000Z', level: 'info', room: 'test', message };
    this.logEntries.push(entry);
    this.logged.emit(entry);
  }

  serverState(): ServerState {
    return {
      version: '0.1.0',
      pid: 4242,
      baseUrl: 'http://127.0.0.1:11535',
      port: 11535,
      home: '/home/user/.impetus',
      startedAt: '2026-11-21T12:00:00.000Z',
      phase: this.phase,
      problem: null,
      activeRequests: 0,
      queuedRequests: 0,
      tokensPerSecond: 0,
      memory: { totalBytes: 16e9, availableBytes: 8e9, usedByModelsBytes: 0 },
    };
  }

  private async testModel(
    name: string,
    { signal, onEvent }: Parameters<ControlHandlerPorts['passports']['test']>[1],
  ): Promise<Passport> {
    const { id } = this.resolve(name);
    this.runningTests += 1;
    try {
      for (const event of this.testEvents) onEvent(event);
      const passport = this.passportById.get(id) ?? (await untilAborted(signal));
      onEvent({ type: 'finish', passport });
      return passport;
    } finally {
      this.runningTests -= 1;
    }
  }

  private summarize(record: ModelRecord): ModelSummary {
    const passport = this.passportById.get(record.id);
    return {
      ...record,
      ...(passport ? { passport: summarizePassport(passport, this.passports.isCurrent(passport)) } : {}),
      isDefault: record.id === this.currentSettings.defaultModel,
      status: this.states.get(record.id) ?? { state: 'unloaded' },
    };
  }

  private resolve(name: string | undefined): ModelRecord {
    const wanted = name ?? this.currentSettings.defaultModel;
    if (wanted === null) throw new AppError('no-default-model', 'No default model is set.', { hint: 'Import one.' });
    const record = this.records.find(({ id, path }) => id === wanted || path === wanted);
    if (record) return record;
    throw new AppError('model-not-found', `There is no model "${wanted}".`, {
      hint: 'The nearest names are alpha and beta.',
      data: { nearest: ['alpha', 'beta'] },
    });
  }

  private importFile(path: string): ModelRecord {
    if (path.endsWith('.txt')) {
      throw new AppError('model-format-unsupported', `${path} is a text file.`, { hint: 'Import a .gguf file.' });
    }
    const record = makeModelRecord({ id: path.replace(/^.*[\\/]|\.gguf$/g, '').toLowerCase(), path, trust: 'new' });
    this.records.push(record);
    this.changed.emit();
    return record;
  }

  private async *generate(request: GenerationRequest, signal: AbortSignal): AsyncGenerator<GenerationEvent> {
    this.requests.push(request);
    const { id } = this.resolve(request.model);
    const words = toText(request).split(' ');
    let isFinished = false;
    try {
      yield { type: 'start', model: id, promptTokens: words.length, contextSize: 8192, seed: 7 };
      for (const [index, word] of words.entries()) {
        yield { type: 'text-delta', text: index === 0 ? word : ` ${word}`, tokens: [index] };
        if (words.includes('wait')) await untilAborted(signal);
        if (words.includes('break'))
          throw new AppError('engine-crashed', 'The engine of alpha died.', { hint: 'Retry.' });
      }
      isFinished = true;
      yield toFinish(words.length);
    } finally {
      if (!isFinished) this.cancelledGenerations += 1;
    }
  }
}

function toText({ prompt }: GenerationRequest): string {
  if (prompt.type === 'chat') return prompt.messages.at(-1)?.content ?? '';
  return prompt.type === 'text' ? prompt.text : '';
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new AppError('cancelled', 'The request was cancelled.');
}

function toFinish(completionTokens: number): GenerationEvent {
  return {
    type: 'finish',
    reason: 'stop',
    rawReason: 'eog',
    usage: { promptTokens: completionTokens, cachedTokens: 0, completionTokens },
    timings: { queueMs: 0, prefillMs: 10, decodeMs: 100 },
  };
}
