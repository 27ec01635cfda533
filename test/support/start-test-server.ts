import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { FastifyPluginAsync } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import { createHttpServer, type HttpServer } from '#main/api/index.ts';
import type { ManagedLibrary } from '#main/api/managed-library.ts';
import { createMetricsRegistry } from '#main/gateway/index.ts';
import { createInference, type Inference } from '#main/inference/index.ts';
import { createScheduler, type Scheduler } from '#main/scheduler/index.ts';
import { createListLibrary, type ModelSettings } from './list-library.ts';
import { openDatabase, openResponseStore } from '#main/storage/index.ts';
import { makeModelRecord } from './model-record.ts';
import { createRecordedLogger } from './recorded-logger.ts';
import { createScriptedEngine, type ScriptedEngine, type ScriptedEngineOptions } from './scripted-engine.ts';

export interface TestServerOptions extends ScriptedEngineOptions {
  records?: ModelRecord[];
  settings?: Partial<Settings>;
  overrides?: Record<string, Partial<ModelSettings>>;
  control?: FastifyPluginAsync;
  /** Default: one that is not there. */
  modelsFolder?: string;
  /** Monotonic clock of `inference`, in ms. */
  now?: () => number;
}

export interface TestServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  addresses: string[];
  engine: ScriptedEngine;
  scheduler: Scheduler;
  inference: Inference;
  library: ManagedLibrary;
  server: HttpServer;
  settings: Settings;
  /** The neutral requests that came to `inference`, in order. */
  requests: GenerationRequest[];
  /** What the log holds so far. */
  logLines: Record<string, unknown>[];
}

/** The real server, gate, inference and scheduler on a loopback port, over the scripted engine. Ends with the test. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const settings: Settings = { ...defaultSettings, defaultModel: 'test-model', ...options.settings };
  const { logger, lines } = createRecordedLogger();
  const engine = createScriptedEngine(options);
  const scheduler = createScheduler({
    engines: { main: engine },
    settings: () => settings,
    fileTrust: { setTrust: () => undefined },
    machine: { physicalCores: 2, hasGpu: false, readMemory: () => ({ totalBytes: 32e9, availableBytes: 32e9 }) },
    logger,
  });
  const metrics = createMetricsRegistry();
  const { records = [makeModelRecord()], overrides = {} } = options;
  const library = createListLibrary({ records, settings, overrides });
  const store = { get: () => settings };
  const inference = createInference({
    library,
    scheduler,
    metrics,
    settings: store,
    logger,
    ...(options.now ? { now: options.now } : {}),
  });
  const requests: GenerationRequest[] = [];
  const database = openDatabase({ file: ':memory:', logger });
  const server = await createHttpServer({
    inference: {
      ...inference,
      generate(request, context) {
        requests.push(request);
        return inference.generate(request, context);
      },
    },
    responses: openResponseStore({ database }),
    library,
    modelsFolder: options.modelsFolder ?? path.join(os.tmpdir(), 'impetus-no-models'),
    settings: store,
    metrics,
    logger,
    version: '1.2.3',
    control: options.control,
    mayManage: (authorization) => authorization === 'Bearer manager',
  });
  const { port, addresses } = await server.listen({ host: '127.0.0.1', port: 0, explicit: true });
  onTestFinished(async () => {
    await server.close({ drainMs: 0 });
    await scheduler.stop();
    database.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    addresses,
    engine,
    scheduler,
    inference,
    library,
    server,
    settings,
    requests,
    logLines: lines,
  };
}
