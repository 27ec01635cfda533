import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatReport, type ReportFacts, type SuiteResult } from './report.ts';

interface ReportFile {
  facts: ReportFacts;
  suites: Record<string, SuiteResult>;
}

/**
 * Puts new results into docs/benchmarks.json and writes docs/benchmarks.md from all that is there then, in the order of
 * `names`: suites may run at different times.
 */
export function mergeReport(folder: string, { facts, suites, names }: ReportFile & { names: readonly string[] }): void {
  const file = path.join(folder, 'benchmarks.json');
  const all = { ...readSuites(file), ...suites };
  const ordered = Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));
  writeFileSync(file, `${JSON.stringify({ facts, suites: ordered } satisfies ReportFile)}\n`);
  writeFileSync(path.join(folder, 'benchmarks.md'), formatReport(ordered, facts));
}

function readSuites(file: string): Record<string, SuiteResult> {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Partial<ReportFile>).suites ?? {};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
