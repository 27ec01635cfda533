import {
  commands,
  channels,
  isChannelName,
  isCommandName,
  type ChannelEvent,
  type CommandInput,
  type CommandName,
  type CommandOutput,
} from '#shared/control/contract.ts';
import type { Envelope, StreamMessage } from '#shared/control/transports/control-transport.ts';
import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import type { LogEntry } from '#shared/domain/log-entry.ts';
import type { ModelRecord, ModelState, ModelSummary } from '#shared/domain/model.ts';
import { summarizePassport, type Passport, type PassportEvent } from '#shared/domain/passport.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';

type Handlers = { [Name in CommandName]?: (input: CommandInput<Name>) => Promise<CommandOutput<Name>> };
type Answer = (request: GenerationRequest, signal: AbortSignal) => AsyncIterable<GenerationEvent>;
type Push = (message: StreamMessage) => void;

/**
 * A server behind the control contract without engines or HTTP: the interface's tests set what it says and see what it
 * was asked. Inputs and outputs are checked by the contract's own schemas.
 */
export class FakeControl {
  server: ServerState = makeServerState();
  models: ModelSummary[] = [];
  settings: Settings = { ...defaultSettings };
  /** What each command was asked, in order. */
  readonly asked: { name: CommandName; input: unknown }[] = [];
  /** Replaces the plain behaviour of commands. */
  handlers: Handlers = {};
  /** What `models.show` tells, by id. */
  readonly passports = new Map<string, Passport>();
  /** What a test of a model tells; it ends when the events do. */
  testModel: (model: string, signal: AbortSignal) => AsyncIterable<PassportEvent> = async function* () {};
  /** Models that were asked to be tested, in order. */
  readonly testedModels: string[] = [];
  /** How `inference.chat` answers; the default repeats the question. */
  answer: Answer = repeatQuestion;
  /** Signals of the requests to `inference.chat`, in order. */
  readonly chatSignals: AbortSignal[] = [];
  readonly chatRequests: GenerationRequest[] = [];
  readonly #log: LogEntry[] = [];
  readonly #listeners = new Map<string, Set<Push>>();

  /** Changes the server's state and tells every subscriber. */
  setServer(change: Partial<ServerState>): void {
    this.server = { ...this.server, ...change };
    this.#tell('server.changed', this.server);
  }

  setModels(models: ModelSummary[]): void {
    this.models = models;
    this.#tell('models.changed', models);
  }

  setModelState(id: string, status: ModelState): void {
    this.setModels(this.models.map((model) => (model.id === id ? { ...model, status } : model)));
  }

  setSettings(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    this.#tell('settings.changed', this.settings);
  }

  /** Writes lines to the log. */
  log(...entries: LogEntry[]): void {
    this.#log.push(...entries);
    this.#tell('logs.tail', entries);
  }

  /** The carrier's `invoke`. */
  async invoke(name: string, payload: unknown): Promise<Envelope> {
    try {
      if (!isCommandName(name)) throw new AppError('not-found', `There is no command ${name}.`);
      const input = commands[name].input.parse(payload);
      this.asked.push({ name, input });
      const output = await this.#run(name, input);
      return { ok: true, value: commands[name].output.parse(output) };
    } catch (error) {
      return { ok: false, error: toAppError(error).toWire() };
    }
  }

  /** The carrier's `subscribe`. */
  subscribe(name: string, payload: unknown, push: Push): () => void {
    if (name === 'inference.chat') return this.#chat(payload as GenerationRequest, push);
    if (name === 'passports.test') return this.#testModel((payload as { model: string }).model, push);
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(push));
    const first = this.#present(name, payload);
    queueMicrotask(() => push({ type: 'next', value: first }));
    return () => listeners.delete(push);
  }

  #present(name: string, payload: unknown): unknown {
    switch (name) {
      case 'server.changed':
        return this.server;
      case 'models.changed':
        return this.models;
      case 'settings.changed':
        return this.settings;
      case 'logs.tail':
        return this.#log.slice(-(payload as { backlog: number }).backlog);
      default:
        throw new AppError('not-found', `There is no signal or channel ${name}.`);
    }
  }

  #testModel(model: string, push: Push): () => void {
    const abort = new AbortController();
    this.testedModels.push(model);
    void this.#pass(this.testModel(model, abort.signal), push, abort.signal);
    return () => abort.abort();
  }

  #chat(request: GenerationRequest, push: Push): () => void {
    const abort = new AbortController();
    this.chatSignals.push(abort.signal);
    this.chatRequests.push(request);
    void this.#pass(this.answer(request, abort.signal), push, abort.signal);
    return () => abort.abort();
  }

  async #pass(
    events: AsyncIterable<ChannelEvent<'inference.chat' | 'passports.test'>>,
    push: Push,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const event of events) {
        if (signal.aborted) return;
        push({ type: 'next', value: event });
      }
      push({ type: 'end' });
    } catch (error) {
      push({ type: 'error', error: toAppError(error).toWire() });
    }
  }

  #tell(name: string, value: unknown): void {
    if (isChannelName(name)) channels[name].event.parse(value);
    for (const push of this.#listeners.get(name) ?? []) push({ type: 'next', value });
  }

  async #run(name: CommandName, input: unknown): Promise<unknown> {
    const handler = this.handlers[name] as ((input: unknown) => Promise<unknown>) | undefined;
    if (handler) return await handler(input);
    switch (name) {
      case 'server.state':
        return this.server;
      case 'server.pause':
        this.setServer({ phase: 'paused' });
        return this.server;
      case 'server.resume':
        this.setServer({ phase: 'ready' });
        return this.server;
      case 'models.list':
        return this.models;
      case 'models.show':
        return this.#show((input as { model: string }).model);
      case 'models.load':
        return this.#load((input as { model: string }).model);
      case 'models.unload':
        this.setModelState((input as { model: string }).model, { state: 'unloaded' });
        return {};
      case 'models.setDefault':
        this.#setDefault((input as { model: string | null }).model);
        return {};
      case 'models.forget':
        this.setModels(this.models.filter(({ id }) => id !== (input as { model: string }).model));
        return {};
      case 'settings.get':
        return this.settings;
      case 'settings.update':
        this.setSettings(input as Partial<Settings>);
        return this.settings;
      default:
        return {};
    }
  }

  #show(id: string): CommandOutput<'models.show'> {
    const model = this.models.find((each) => each.id === id);
    if (!model) throw new AppError('model-not-found', `There is no model ${id}.`);
    const settings = { load: {}, sampling: {}, aliases: [] };
    const isPassportCurrent = model.passport?.isCurrent ?? false;
    return { model, settings, passport: this.passports.get(id) ?? null, isPassportCurrent };
  }

  /** A model has been measured: its list entry and its whole passport. */
  setPassport(id: string, passport: Passport, isCurrent = true): void {
    this.passports.set(id, passport);
    const summary = summarizePassport(passport, isCurrent);
    this.setModels(this.models.map((model) => (model.id === id ? { ...model, passport: summary } : model)));
  }

  #load(id: string): ModelSummary {
    const model = this.models.find((each) => each.id === id);
    if (!model) throw new AppError('model-not-found', `There is no model ${id}.`);
    this.setModelState(id, makeLoadedState());
    return { ...model, status: makeLoadedState() };
  }

  #setDefault(id: string | null): void {
    this.setModels(this.models.map((model) => ({ ...model, isDefault: model.id === id })));
  }
}

export function makeServerState(change: Partial<ServerState> = {}): ServerState {
  return {
    version: '0.1.0',
    pid: 4121,
    baseUrl: 'http://127.0.0.1:11535',
    port: 11535,
    home: '/home/me/.impetus',
    startedAt: new Date(Date.now() - 15_120_000).toISOString(),
    phase: 'ready',
    problem: null,
    activeRequests: 0,
    queuedRequests: 0,
    tokensPerSecond: 0,
    memory: { totalBytes: 36e9, availableBytes: 12.2e9, usedByModelsBytes: 0 },
    ...change,
  };
}

export function makeLoadedState(change: Partial<Extract<ModelState, { state: 'loaded' }>> = {}): ModelState {
  return {
    state: 'loaded',
    placement: 'child',
    device: 'cpu',
    contextSize: 8192,
    slots: 4,
    memoryBytes: 290_000_000,
    activeRequests: 0,
    unloadsAt: new Date(Date.now() + 22 * 60_000 - 5000).toISOString(),
    pid: 4205,
    ...change,
  };
}

export interface ModelChange {
  name: string;
  quantization?: string;
  sizeBytes?: number;
  status?: ModelState;
  isDefault?: boolean;
  trust?: ModelRecord['trust'];
  facts?: Partial<ModelRecord['facts']>;
}

/** A model as the contract lists it; the id follows from name and quantization as the library makes it. */
export function makeModel(change: ModelChange): ModelSummary {
  const quantization = change.quantization ?? 'Q4_K_M';
  const id = `${change.name}.${quantization}`.toLowerCase();
  return {
    id,
    aliases: [`example/${change.name}/${quantization}`],
    path: `/models/example/${change.name}/${change.name}.${quantization}.gguf`,
    sizeBytes: change.sizeBytes ?? 98_362_432,
    sha256: null,
    facts: {
      format: 'gguf',
      architecture: 'llama',
      name: change.name,
      quantization,
      parameterCount: 134_515_008,
      trainedContext: 8192,
      layerCount: 30,
      embeddingSize: 576,
      vocabularySize: 49_152,
      kvBytesPerToken: 23_040,
      hasChatTemplate: true,
      sampling: {},
      ...change.facts,
    },
    trust: change.trust ?? 'proven',
    addedAt: '2026-11-21T09:00:00.000Z',
    isDefault: change.isDefault ?? false,
    status: change.status ?? { state: 'unloaded' },
  };
}

/** Events of one whole answer: `pieces` are the texts as they arrive, one token each. */
export async function* answerWith(
  pieces: Iterable<string> | AsyncIterable<string>,
  model = 'smollm2-135m-instruct.q4_1',
): AsyncGenerator<GenerationEvent> {
  let count = 0;
  yield { type: 'start', model, promptTokens: 120, contextSize: 8192, seed: 1 };
  yield { type: 'prefill-progress', processedTokens: 24, totalTokens: 24, cachedTokens: 96 };
  for await (const text of pieces) {
    count += 1;
    yield { type: 'text-delta', text, tokens: [count] };
  }
  yield {
    type: 'finish',
    reason: 'stop',
    rawReason: 'eog',
    usage: { promptTokens: 120, cachedTokens: 96, completionTokens: count },
    timings: { queueMs: 1, prefillMs: 299, decodeMs: count * 40 },
  };
}

async function* repeatQuestion({ prompt }: GenerationRequest): AsyncGenerator<GenerationEvent> {
  const last = prompt.type === 'chat' ? (prompt.messages.at(-1)?.content ?? '') : '';
  yield* answerWith(['You ', 'asked: ', last]);
}
