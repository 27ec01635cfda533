import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { BenchContext } from './bench-context.ts';
import type { Peer } from './peers.ts';
import { startArm, type Arm } from './server-arm.ts';

export interface LoadShape {
  threads: number;
  slots: number;
  /** Tokens a sequence can hold. */
  contextSize: number;
}

/** With one thread the servers share one processor and the client keeps the other. */
const serverCore = 0;

export async function startImpetus(context: BenchContext, shape: LoadShape): Promise<Arm> {
  const { launch } = await prepareImpetus(context, shape);
  const arm = await launch();
  await untilReady(arm);
  return arm;
}

export async function startPeer(context: BenchContext, peer: Peer, shape: LoadShape): Promise<Arm> {
  const launch = await preparePeer(context, { peer, shape });
  return launch();
}

/** Starts the same server each time: same port, same home. Resolves when it is healthy. */
export type Launch = () => Promise<Arm>;

/** How the server's own Node is started. */
export interface NodeOptions {
  flags?: readonly string[];
  environment?: Record<string, string>;
}

/** Impetus is healthy before its model is loaded. */
export async function prepareImpetus(
  context: BenchContext,
  shape: LoadShape,
  node: NodeOptions = {},
): Promise<{ launch: Launch; home: string }> {
  const { root, model, scratch } = context;
  const port = await findFreePort();
  const home = path.join(scratch, `home-${port}`);
  // An idle Impetus tests its model: beside another server's turn that would be work of its own.
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, 'settings.json'), JSON.stringify({ version: 1, testModelsWhenIdle: false }));
  const flags = [
    ...['--home', home, '--port', String(port), '--model', model],
    ...['--threads', String(shape.threads), '--slots', String(shape.slots), '--ctx', String(shape.contextSize)],
  ];
  const entry = path.join(root, 'dist', 'headless', 'impetus.js');
  const launch = (): Promise<Arm> =>
    startArm({
      ...{ name: 'Impetus', command: process.execPath, port },
      commandArguments: ['--disable-warning=ExperimentalWarning', ...(node.flags ?? []), entry, 'serve', ...flags],
      environment: node.environment ?? {},
      core: shape.threads === 1 ? serverCore : undefined,
    });
  return { launch: noting(context, launch), home };
}

export interface PeerOptions {
  peer: Peer;
  shape: LoadShape;
  /** Flags beside the shape. */
  extra?: readonly string[];
}

export async function preparePeer(context: BenchContext, { peer, shape, extra = [] }: PeerOptions): Promise<Launch> {
  const port = await findFreePort();
  const { threads, slots, contextSize } = shape;
  const sizes = peer.hasDefaults ? [] : ['-c', String(contextSize * slots), '-np', String(slots)];
  const launch = (): Promise<Arm> =>
    startArm({
      ...{ name: peer.name, command: peer.command, port },
      ...(peer.cwd === undefined ? {} : { cwd: peer.cwd }),
      commandArguments: [
        ...['-m', context.model, ...sizes],
        ...['-t', String(threads), '-tb', String(threads), '--host', '127.0.0.1', '--port', String(port), ...extra],
      ],
      core: threads === 1 ? serverCore : undefined,
    });
  return noting(context, launch);
}

/** Prints and keeps the command line of each start; the report names it once. */
function noting(context: BenchContext, launch: Launch): Launch {
  return async () => {
    const arm = await launch();
    const line = hidePaths(arm.commandLine, context);
    if (!context.commandLines.includes(line)) {
      console.log(`> ${line}`);
      context.commandLines.push(line);
    }
    return arm;
  };
}

async function untilReady(arm: Arm): Promise<void> {
  const response = await fetch(`${arm.url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Hello', max_tokens: 1 }),
  });
  if (!response.ok) throw new Error(`${arm.name} does not answer: ${await response.text()}`);
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Paths of this machine say nothing to a reader. */
function hidePaths(commandLine: string, { root, scratch, model }: BenchContext): string {
  return commandLine
    .replaceAll(scratch, 'SCRATCH')
    .replaceAll(/(home-|--port |--inspect=127\.0\.0\.1:)\d+/g, '$1N')
    .replaceAll(model, path.basename(model))
    .replaceAll(process.execPath, 'node')
    .replaceAll(`${root}${path.sep}`, '')
    .replaceAll(/\S*[\\/](?=llama-server)/g, '');
}
