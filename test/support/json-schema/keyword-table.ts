import type { SuiteResult } from './run-suite.ts';

/** Markdown rows: per file of the suite (it has one for each keyword), how many schemas are enforced and refused. */
export function keywordTable(results: readonly SuiteResult[]): string {
  const files = new Map<string, { enforced: number; refused: number; reasons: Set<string> }>();
  for (const { entry, refused } of results) {
    const name = entry.file.replace(/\.json$/, '');
    const row = files.get(name) ?? { enforced: 0, refused: 0, reasons: new Set<string>() };
    files.set(name, row);
    if (refused) row.reasons.add(reasonOf(refused));
    if (refused) row.refused++;
    else row.enforced++;
  }
  const rows = [...files].sort(([left], [right]) => (left < right ? -1 : 1));
  const lines = rows.map(([name, { enforced, refused, reasons }]) => {
    const why = [...reasons].sort().join(', ');
    return `| ${name} | ${String(enforced)} | ${String(refused)} | ${why} |`;
  });
  return ['| file of the suite | enforced | refused | refused for |', '|---|---|---|---|', ...lines].join('\n');
}

function reasonOf({ keyword, message }: { keyword: string; message: string }): string {
  if (message.endsWith('no value satisfies it.')) return 'no value at all';
  return `\`${keyword}\``;
}
