/**
 * `npm run bench`: measures Impetus against llama-server in pairs, prints the table and writes docs/benchmarks.md and
 * docs/benchmarks.json. It reports; it never fails because a figure is bad.
 *
 *   --suite a,b   decode, prefill, ttft, router, idle, cache, agent, load; default all
 *   --quick       fewer pairs, one thread: five minutes or less; writes nothing unless --write
 *   --json        the rows as one JSON value on the last line
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { agentSuite } from './bench/agent-suite.ts';
import type { BenchContext, Suite } from './bench/bench-context.ts';
import { cacheSuite } from './bench/cache-suite.ts';
import { decodeSuite } from './bench/decode-suite.ts';
import { idleSuite } from './bench/idle-suite.ts';
import { loadSuite } from './bench/load-suite.ts';
import { ensurePeerP, ensurePeerS } from './bench/peers.ts';
import { prefillSuite, ttftSuite } from './bench/prompt-suites.ts';
import { formatFigure, formatReport, formatTarget, toVerdict, type Row } from './bench/report.ts';
import { routerSuite } from './bench/router-suite.ts';
import { devCacheFolder } from './setup/repository.mjs';

const suites: Record<string, Suite> = {
  decode: decodeSuite,
  prefill: prefillSuite,
  ttft: ttftSuite,
  router: routerSuite,
  idle: idleSuite,
  cache: cacheSuite,
  agent: agentSuite,
  load: loadSuite,
};

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: Object.keys(suites).join(',') },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const chosen = values.suite.split(',').map((name) => [name, requireSuite(name)] as const);
const root = path.resolve(import.meta.dirname, '..');
const devCache = devCacheFolder(process.env);
const peerFolder = path.join(devCache, 'peers');
mkdirSync(peerFolder, { recursive: true });
const scratch = mkdtempSync(path.join(os.tmpdir(), 'impetus-bench-'));
const rows: Row[] = [];
const raw: Record<string, unknown> = {};
const failures: string[] = [];

const context: BenchContext = {
  ...{ root, scratch, isQuick: values.quick },
  model: path.join(devCache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
  longContextModel: path.join(devCache, 'models', 'long-context-random.gguf'),
  peers: [ensurePeerP({ root, folder: peerFolder }), ensurePeerS({ root, folder: peerFolder })],
  commandLines: [],
  add(row) {
    rows.push(row);
    console.log(
      [row.suite, row.what, row.against, formatFigure(row.figure), formatTarget(row.target), toVerdict(row)].join(
        ' | ',
      ),
    );
  },
  keep: (name, value) => (raw[name] = value),
};

try {
  for (const script of ['scripts/build.mjs', 'scripts/make-test-models.ts']) {
    execFileSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
  }
  for (const [name, suite] of chosen) await runSuite(name, suite);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (!values.quick || values.write) writeReport();
if (values.json) console.log(JSON.stringify(rows));

/** A suite that breaks off leaves its rows and a line in the report; the others go on. */
async function runSuite(name: string, suite: Suite): Promise<void> {
  try {
    await suite(context);
  } catch (error) {
    console.error(error);
    failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function requireSuite(name: string): Suite {
  const suite = suites[name];
  if (suite) return suite;
  throw new Error(`There is no suite "${name}". Choose from ${Object.keys(suites).join(', ')}.`);
}

function writeReport(): void {
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    machine: `${os.cpus().length} cores ${process.arch}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()}`,
    versions: `Node ${process.version}, node-llama-cpp 3.22.1; ${context.peers.map(({ name, description }) => `${name} = ${description}`).join('; ')}`,
    models: [context.model, context.longContextModel].map(
      (file) => `${path.basename(file)}: sha256 ${createHash('sha256').update(readFileSync(file)).digest('hex')}`,
    ),
    failures,
    commandLines: [...new Set(context.commandLines)],
    isQuick: values.quick,
  };
  writeFileSync(path.join(root, 'docs', 'benchmarks.md'), formatReport(rows, facts));
  writeFileSync(path.join(root, 'docs', 'benchmarks.json'), `${JSON.stringify({ ...facts, rows, raw })}\n`);
}
