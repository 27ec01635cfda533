import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareImpetus, preparePeer, type Launch, type PeerOptions, type LoadShape } from './arms.ts';
import type { BenchContext } from './bench-context.ts';
import { findTree } from './process-tree.ts';
import type { Arm } from './server-arm.ts';

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

  static async startImpetus(context: BenchContext, shape: LoadShape): Promise<RestartableArm> {
    const { launch, home } = await prepareImpetus(context, shape);
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

  /** Drops the model from memory and keeps the server. False: this server cannot. */
  async unload(): Promise<boolean> {
    if (this.#home === undefined) return false;
    const token = await readFile(path.join(this.#home, 'run', 'control-token'), 'utf8');
    const { data } = (await (await fetch(`${this.url}/v1/models`)).json()) as { data: { id: string }[] };
    const answer = await fetch(`${this.url}/control/v1/models.unload`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token.trim()}` },
      body: JSON.stringify({ model: data[0]?.id, force: true }),
    });
    const text = await answer.text();
    if (!answer.ok || text.includes('"ok":false')) throw new Error(`${this.name} does not unload: ${text}`);
    return true;
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
