import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import {
  prepareImpetus,
  preparePeer,
  type Launch,
  type NodeOptions,
  type PeerOptions,
  type LoadShape,
} from './arms.ts';
import type { BenchContext } from './bench-context.ts';
import { parseJson } from './chat-answer.ts';
import { findTree } from './process-tree.ts';
import type { Arm } from './server-arm.ts';

const answerSchema = z.object({ ok: z.boolean(), value: z.unknown() });
const modelsSchema = z.array(
  z.object({ id: z.string(), status: z.object({ state: z.string(), pid: z.number().nullish() }) }),
);

/** A server that is ended, killed and started again on the same port and home. */
export class RestartableArm {
  readonly #launch: Launch;
  /** Impetus' home; llama-server has none. */
  readonly #home: string | undefined;
  #arm: Arm;

  private constructor(launch: Launch, arm: Arm, home?: string) {
    this.#launch = launch;
    this.#arm = arm;
    this.#home = home;
  }

  static async startImpetus(context: BenchContext, shape: LoadShape, node: NodeOptions = {}): Promise<RestartableArm> {
    const { launch, home } = await prepareImpetus(context, shape, node);
    return new RestartableArm(launch, await launch(), home);
  }

  static async startPeer(context: BenchContext, options: PeerOptions): Promise<RestartableArm> {
    const launch = await preparePeer(context, options);
    return new RestartableArm(launch, await launch());
  }

  get name(): string {
    return this.#arm.name;
  }

  get url(): string {
    return this.#arm.url;
  }

  get pid(): number {
    return this.#arm.pid;
  }

  /** Impetus' home; throws for a server that has none. */
  get home(): string {
    if (this.#home === undefined) throw new Error(`${this.name} has no home.`);
    return this.#home;
  }

  /** Of the processes that run now, since their start. */
  cpuSeconds(): number {
    return this.#arm.cpuSeconds();
  }

  stop(): Promise<void> {
    return this.#arm.stop();
  }

  /** SIGKILL to every process of the server at once. */
  async kill(): Promise<void> {
    for (const pid of findTree(this.#arm.pid)) killNow(pid);
    await this.#arm.stop();
  }

  /** After `stop` or `kill`. */
  async launch(): Promise<void> {
    this.#arm = await this.#launch();
  }

  /** All tokens of all decode calls since the model was loaded; undefined where the server does not tell. */
  async readDecodedTokens(): Promise<number | undefined> {
    if (this.#home === undefined) return undefined;
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    return Math.round(
      readMetric(metrics, 'llamacpp:n_decode_total') * readMetric(metrics, 'impetus_tokens_per_decode'),
    );
  }

  /** Drops a model, by default the one that is loaded, from memory and keeps the server. False: this server cannot. */
  async unload(model?: string): Promise<boolean> {
    if (this.#home === undefined) return false;
    const { data } = (await (await fetch(`${this.url}/v1/models`)).json()) as { data: { id: string }[] };
    await this.control('models.unload', { model: model ?? data[0]?.id, force: true });
    return true;
  }

  /** Makes a file one of the server's models and gives its id. Undefined: this server has one model only. */
  async register(file: string): Promise<string | undefined> {
    if (this.#home === undefined) return undefined;
    const { id } = (await this.control('models.import', { path: file })) as { id: string };
    return id;
  }

  /** The process that holds the loaded model; undefined while there is none. */
  async enginePid(): Promise<number | undefined> {
    const models = modelsSchema.parse(await this.control('models.list', {}));
    return models.find(({ status }) => status.state === 'loaded')?.status.pid ?? undefined;
  }

  /** A command of Impetus' control contract. */
  async control(command: string, input: object): Promise<unknown> {
    const token = await readFile(path.join(this.home, 'run', 'control-token'), 'utf8');
    const answer = await fetch(`${this.url}/control/v1/${command}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token.trim()}` },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    const result = answerSchema.safeParse(parseJson(text)?.value);
    if (answer.ok && result.data?.ok) return result.data.value;
    throw new Error(`${this.name} refuses ${command}: ${text}`);
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Its parent took it along.
  }
}

function readMetric(metrics: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1];
  if (value === undefined) throw new Error(`/metrics has no ${name}.`);
  return Number(value);
}
