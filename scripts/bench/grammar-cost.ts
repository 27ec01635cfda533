/**
 * `node scripts/bench/grammar-cost.ts`: what a grammar costs per token, on SmolLM2's vocabulary and on a synthetic one of
 * 150,000 tokens. Random walks, each cost the least of five runs; every token is probed and gets a mask. "first" is the first walk of a fresh grammar,
 * "warm" the walks after it, through the same shared caches.
 */
import os from 'node:os';
import path from 'node:path';
import { parseGrammar, TokenTrie } from '#main/decoding/grammar/index.ts';
import { TokenConstraint } from '#main/decoding/grammar/token-constraint.ts';
import { TokenMasks } from '#main/decoding/grammar/token-masks.ts';
import { benchGrammars } from './bench-grammars.ts';
import { quantile, seededRandom } from './statistics.ts';
import { enlargeVocabulary, readGgufVocabulary, type ListedVocabulary } from './token-vocabularies.ts';

const cache = process.env['IMPETUS_DEV_CACHE'] ?? path.join(os.homedir(), '.cache', 'impetus-dev');
const small = await readGgufVocabulary(path.join(cache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'));
const walks = 20;
const tokensPerWalk = 200;
const repeats = 5;

for (const vocabulary of [small, enlargeVocabulary(small, 150_000)]) measureVocabulary(vocabulary);

function measureVocabulary(vocabulary: ListedVocabulary): void {
  const start = performance.now();
  const trie = new TokenTrie(vocabulary);
  const milliseconds = performance.now() - start;
  print(`\n${vocabulary.size} tokens: trie of ${trie.nodeCount} nodes in ${milliseconds.toFixed(0)} ms`);
  print(`${'µs'.padEnd(30)}${['compile', 'p50', 'p99', 'max'].map((name) => name.padStart(10)).join('')}`);
  warmUp(trie);
  for (const [name, text] of Object.entries(benchGrammars)) measureGrammar(name, text, trie);
}

/** Another grammar first: what is measured is a running server, not the compiler of the JavaScript engine. */
function warmUp(trie: TokenTrie): void {
  const masks = new TokenMasks(parseGrammar('root ::= "<" ([a-z ]* "," [^<>]{0,9})* ">"'), trie);
  for (let walk = 0; walk < walks; walk++) walkOnce(masks, seededRandom(walk));
}

/** All walks are made several times with fresh caches, and of each single cost the least counts: the rest is noise. */
function measureGrammar(name: string, text: string, trie: TokenTrie): void {
  const runs = Array.from({ length: repeats }, () => measureOnce(text, trie));
  const least = (pick: (run: Costs) => number[]) =>
    runs.map(pick).reduce((a, b) => a.map((cost, index) => Math.min(cost, b[index] ?? cost)));
  printRow(
    `${name}, mask, first`,
    least((run) => run.mask[0] ?? []),
    least((run) => [run.compile])[0],
  );
  printRow(
    `${name}, mask, warm`,
    least((run) => run.mask.slice(1).flat()),
  );
  printRow(
    `${name}, probe, first`,
    least((run) => run.probe[0] ?? []),
  );
  printRow(
    `${name}, probe, warm`,
    least((run) => run.probe.slice(1).flat()),
  );
  print(`  ${((runs[0]?.bytes ?? 0) / 1e6).toFixed(1)} MB`);
}

interface Costs {
  readonly compile: number;
  readonly mask: number[][];
  readonly probe: number[][];
  readonly bytes: number;
}

function measureOnce(text: string, trie: TokenTrie): Costs {
  const start = performance.now();
  const masks = new TokenMasks(parseGrammar(text), trie);
  const compile = 1000 * (performance.now() - start);
  const random = seededRandom(3);
  const costs = Array.from({ length: walks }, () => walkOnce(masks, random));
  const [mask, probe] = [costs.map((one) => one.mask), costs.map((one) => one.probe)];
  return { compile, mask, probe, bytes: masks.byteSize };
}

/** Long tokens are preferred a little less than their number would have it, so that walks meet many states. */
function walkOnce(masks: TokenMasks, random: () => number): { mask: number[]; probe: number[] } {
  const constraint = new TokenConstraint(masks);
  const costs = { mask: [] as number[], probe: [] as number[] };
  for (let step = 0; step < tokensPerWalk && !constraint.mustEnd; step++) {
    const guess = Math.floor(random() * masks.trie.vocabularySize);
    costs.probe.push(timed(() => constraint.allows(guess)));
    costs.mask.push(timed(() => constraint.allowedMask()));
    const token = pickToken(constraint.allowedMask(), random);
    if (masks.trie.isEnd(token)) break;
    costs.probe.push(timed(() => constraint.allows(token)));
    constraint.accept(token);
  }
  return costs;
}

function pickToken(mask: Uint32Array, random: () => number): number {
  const allowed: number[] = [];
  for (let token = 0; token < 32 * mask.length; token++) {
    if (((mask[token >>> 5] ?? 0) >>> (token & 31)) & 1) allowed.push(token);
  }
  return allowed[Math.floor(random() * allowed.length)] ?? 0;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return 1000 * (performance.now() - start);
}

function printRow(name: string, costs: number[], compile?: number): void {
  const figures = [compile, quantile(costs, 0.5), quantile(costs, 0.99), Math.max(...costs)];
  const cells = figures.map((figure) => (figure === undefined ? '' : figure.toFixed(figure < 10 ? 1 : 0)).padStart(10));
  print(`${name.padEnd(30)}${cells.join('')}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
