import type { TestRecord } from '../test/summary-reporter.ts';

/** One demand on Impetus, and how a test can show that it holds. */
export interface Requirement {
  id: string;
  source: string;
  area: string;
  requirement: string;
  check: string;
}

/** A place in the tests that cites requirements, read from its source text. */
export interface Citation {
  file: string;
  ids: string[];
  /** `src/….ts#export`; undefined when the citation names nothing it stands on. */
  breaks: string | undefined;
}

export interface Tally {
  source: string;
  proven: number;
  total: number;
}

const citationPattern = /\bverifies\(\s*\[([^\]]*)\]\s*,\s*\{\s*(?:breaks:\s*(?:'([^']*)'|(\w+)))?/g;

/** Every `verifies([…], { breaks: … }` in a test's source; the target is a literal or a constant of the file. */
export function findCitations(file: string, source: string): Citation[] {
  return [...source.matchAll(citationPattern)].map(([, ids = '', literal, constant]) => ({
    file,
    ids: [...ids.matchAll(/'([^']+)'/g)].map(([, id = '']) => id),
    breaks: literal ?? (constant === undefined ? undefined : readConstant(source, constant)),
  }));
}

function readConstant(source: string, name: string): string | undefined {
  return new RegExp(`\\bconst ${name} =\\s*'([^']+)'`).exec(source)?.[1];
}

/** Ids with a citing test that ran and passed, and none that failed. */
export function findProven(tests: readonly TestRecord[]): Set<string> {
  const citing = (state: (test: TestRecord) => boolean) =>
    new Set(tests.filter(state).flatMap((test) => test.requirements?.ids ?? []));
  const failed = citing(({ state }) => state === 'failed' || state === 'pending');
  return new Set([...citing(({ state }) => state === 'passed')].filter((id) => !failed.has(id)));
}

export function tally(requirements: readonly Requirement[], proven: ReadonlySet<string>): Tally[] {
  const bySource = Map.groupBy(requirements, ({ source }) => source);
  return [...bySource].map(([source, ofSource]) => ({
    source,
    proven: ofSource.filter(({ id }) => proven.has(id)).length,
    total: ofSource.length,
  }));
}

export interface CitationRules {
  requirements: readonly Requirement[];
  citations: readonly Citation[];
  /** Source text of a file of the repository; undefined when it is not there. */
  readSource: (file: string) => string | undefined;
}

/** What is wrong with the citations, one sentence each. */
export function findFaultyCitations({ requirements, citations, readSource }: CitationRules): string[] {
  const known = new Set(requirements.map(({ id }) => id));
  return citations.flatMap(({ file, ids, breaks }) => [
    ...ids.filter((id) => !known.has(id)).map((id) => `${file} cites ${id}, which is no requirement.`),
    ...(ids.length === 0 ? [`${file} has a citation without an id.`] : []),
    ...describeTarget(file, breaks, readSource),
  ]);
}

function describeTarget(file: string, breaks: string | undefined, readSource: CitationRules['readSource']): string[] {
  if (breaks === undefined) return [`${file} has a citation that does not say what it stands on.`];
  const { path, name } = splitTarget(breaks);
  const source = readSource(path);
  if (source === undefined) return [`${file} stands on ${path}, which is not there.`];
  return findExport(source, name)
    ? []
    : [`${file} stands on ${breaks}, but ${path} exports no such function or class.`];
}

export function splitTarget(breaks: string): { path: string; name: string } {
  const [path = '', name = ''] = breaks.split('#');
  return { path, name };
}

/** Where an export of a function, class or constant stands in a source text. */
export function findExport(source: string, name: string): RegExpExecArray | null {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return null;
  return new RegExp(
    `^export (?:default )?(?:(?<function>(?:async )?function\\*?)|(?<class>(?:abstract )?class)|(?<constant>const|let)) ${name.replaceAll('$', '\\$')}\\b`,
    'm',
  ).exec(source);
}
