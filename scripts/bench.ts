/**
 * `npm run bench`: measures Impetus against llama-server in pairs, prints the table and writes docs/benchmarks.md and
 * docs/benchmarks.json. It reports; it never fails because a figure is bad.
 *
 *   --suite a,b   decode, prefill, ttft, router, idle, cache, agent, load, honesty, faults, soak; default all but soak
 *   --quick       fewer pairs, one thread; writes nothing unless --write
 *   --write       puts the results of these suites into docs beside what the others left there
 *   --minutes N   of the soak; default 20
 *   --json        the rows as one JSON value on the last line
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { agentSuite } from './bench/agent-suite.ts';
import { explain, type BenchContext, type Suite } from './bench/bench-context.ts';
import { cacheSuite } from './bench/cache-suite.ts';
import { decodeSuite } from './bench/decode-suite.ts';
import { faultsSuite } from './bench/faults-suite.ts';
import { honestySuite } from './bench/honesty-suite.ts';
import { idleSuite } from './bench/idle-suite.ts';
import { loadSuite } from './bench/load-suite.ts';
import { ensurePeerP, ensurePeerS, toPeerAtDefaults } from './bench/peers.ts';
import { prefillSuite, ttftSuite } from './bench/prompt-suites.ts';
import { mergeReport } from './bench/report-file.ts';
import { formatFigure, formatTarget, toVerdict, type ReportFacts, type Row, type SuiteResult } from './bench/report.ts';
import { routerSuite } from './bench/router-suite.ts';
import { soakSuite } from './bench/soak-suite.ts';
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
  honesty: honestySuite,
  faults: faultsSuite,
  soak: soakSuite,
};
const byDefault = Object.keys(suites).filter((name) => name !== 'soak');

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: byDefault.join(',') },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const chosen = values.suite.split(',').map((name) => [name, requireSuite(name)] as const);
const root = path.resolve(import.meta.dirname, '..');
const devCache = devCacheFolder(process.env);
const peerFolder = path.join(devCache, 'peers');
mkdirSync(peerFolder, { recursive: true });
const scratch = mkdtempSync(path.join(os.tmpdir(), 'impetus-bench-'));
const peerP = ensurePeerP({ root, folder: peerFolder });
const shared = {
  ...{ root, scratch, isQuick: values.quick, minutes: Number(values.minutes) },
  model: path.join(devCache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
  longContextModel: path.join(devCache, 'models', 'long-context-random.gguf'),
  peers: [peerP, ensurePeerS({ root, folder: peerFolder })],
  peerAtDefaults: toPeerAtDefaults(peerP),
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const results: Record<string, SuiteResult> = {};

for (const script of ['scripts/build.mjs', 'scripts/make-test-models.ts']) {
  execFileSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
}
for (const [name, suite] of chosen) {
  results[name] = await runSuite(name, suite);
  if (!values.quick || values.write) writeReport();
}
if (values.json) console.log(JSON.stringify(Object.values(results).flatMap(({ rows }) => rows)));

/** A suite that breaks off leaves its rows and one that says why; the others go on. */
async function runSuite(name: string, suite: Suite): Promise<SuiteResult> {
  const rows: Row[] = [];
  const raw: Record<string, unknown> = {};
  const startedAt = performance.now();
  const context: BenchContext = {
    ...shared,
    commandLines: [],
    add(row) {
      rows.push(row);
      const { what, against, figure, target } = row;
      console.log([row.suite, what, against, formatFigure(figure), formatTarget(target), toVerdict(row)].join(' | '));
    },
    keep: (key, value) => (raw[key] = value),
  };
  try {
    await suite(context);
  } catch (error) {
    console.error(error);
    context.add({ suite: name, what: 'the rest', against: '', threads: 1, figure: { notMeasured: explain(error) } });
    process.exitCode = 1;
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim(),
    isQuick: values.quick,
    minutes: (performance.now() - startedAt) / 60_000,
    load: os.loadavg()[0] ?? 0,
    ...{ commandLines: context.commandLines, rows, raw },
  };
}

function requireSuite(name: string): Suite {
  const suite = suites[name];
  if (suite) return suite;
  throw new Error(`There is no suite "${name}". Choose from ${Object.keys(suites).join(', ')}.`);
}

function writeReport(): void {
  const peers = [...shared.peers, shared.peerAtDefaults];
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const facts: ReportFacts = {
    machine: `${os.cpus().length} cores ${process.arch}, ${memory} GiB, ${os.type()}`,
    versions: `Node ${process.version}, node-llama-cpp 3.22.1; ${peers.map(({ name, description }) => `${name} = ${description}`).join('; ')}`,
    models: [shared.model, shared.longContextModel].map(
      (file) => `${path.basename(file)}: sha256 ${createHash('sha256').update(readFileSync(file)).digest('hex')}`,
    ),
    notMeasured: [
      existsSync('/proc/driver/nvidia')
        ? 'Graphics processors: the suites run on processors only.'
        : 'Graphics processors: this machine has none that the suites know.',
      `Models of 7B parameters and more: one of ${os.cpus().length} cores would need minutes for each prompt.`,
      'Windows and macOS: processor time and memory are read from /proc.',
    ],
  };
  mergeReport(path.join(root, 'docs'), { facts, suites: results, names: Object.keys(suites) });
}
