import type { CompatiblePort } from '#shared/domain/server-state.ts';
import type { Settings } from '#shared/domain/settings.ts';
import type { HttpServer } from './api/index.ts';
import { Mutex, type Logger } from './base/index.ts';
import type { OtherServer } from './hardware/index.ts';

/** A port that clients of another local server have built in. */
export interface KnownPort {
  client: OtherServer;
  port: number;
  /** What its root answers: some clients look for the very words. */
  greeting?: string;
}

export const knownPorts: readonly KnownPort[] = [
  { client: 'ollama', port: 11_434, greeting: 'Ollama is running' },
  { client: 'lm-studio', port: 1_234 },
];

export interface CompatiblePortsOptions {
  server: Pick<HttpServer, 'listenAlso' | 'leave'>;
  settings: { get(): Pick<Settings, 'compatiblePorts'>; subscribe(listener: () => void): () => void };
  findInstalled: () => ReadonlySet<OtherServer>;
  onChange: (ports: CompatiblePort[]) => void;
  logger: Logger;
  /** Default: those of Ollama and LM Studio. */
  ports?: readonly KnownPort[];
}

/**
 * Serves the ports of Ollama and LM Studio beside our own, as the setting says: by itself only where the other server
 * is not installed, and never when somebody else has the port. A taken port is no failure.
 */
export class CompatiblePorts {
  readonly #options: CompatiblePortsOptions;
  readonly #turn = new Mutex();
  readonly #served = new Set<number>();
  readonly #unsubscribe: () => void;
  #mode: Settings['compatiblePorts'] | undefined;

  constructor(options: CompatiblePortsOptions) {
    this.#options = options;
    this.#unsubscribe = options.settings.subscribe(() => {
      if (options.settings.get().compatiblePorts !== this.#mode) void this.apply();
    });
  }

  /** Brings the ports in line with the setting. */
  async apply(): Promise<void> {
    await this.#turn.run(async () => {
      const { settings, findInstalled, ports = knownPorts, onChange } = this.#options;
      const mode = settings.get().compatiblePorts;
      this.#mode = mode;
      const installed = mode === 'auto' ? findInstalled() : new Set<OtherServer>();
      const states: CompatiblePort[] = [];
      for (const known of ports)
        states.push(await this.#bring(known, { mode, isInstalled: installed.has(known.client) }));
      onChange(states);
    });
  }

  close(): void {
    this.#unsubscribe();
  }

  async #bring(
    known: KnownPort,
    { mode, isInstalled }: { mode: Settings['compatiblePorts']; isInstalled: boolean },
  ): Promise<CompatiblePort> {
    const { client, port } = known;
    const state = mode === 'never' ? 'off' : isInstalled ? 'left' : await this.#take(known);
    if (state === 'off' || state === 'left') this.#release(port);
    this.#options.logger.info({ room: 'app', client, port, state }, 'port of another server');
    return { client, port, state };
  }

  async #take({ port, greeting }: KnownPort): Promise<'served' | 'taken'> {
    if (this.#served.has(port)) return 'served';
    const addresses = await this.#options.server.listenAlso({ port, greeting });
    if (addresses.length === 0) return 'taken';
    this.#served.add(port);
    return 'served';
  }

  #release(port: number): void {
    if (this.#served.delete(port)) this.#options.server.leave(port);
  }
}
