import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { fieldTable } from '#main/api/field-table.ts';
import { fictions, notServed, sections, type Section, type TabledRoute } from './sections.ts';

type Fields = (typeof fieldTable)[keyof typeof fieldTable];
type FieldRow = Fields[string];

const origin = 'http://127.0.0.1:11535';

const opening = `# Compatibility

<!-- Written by \`npm run compatibility\` from the field table in src/main/api/field-table.ts. Changes by hand are lost. -->

Every request field that a client of these APIs may send has one of three fates:

- **honoured**: it changes the answer as the API's own documents say. The table tells where the effect is seen: \`task.…\` is the neutral request that the engine gets.
  A test sends each of them twice with different values and fails when nothing differs;
- **ignored**: it makes no difference here, and the reason is given. The answer names it in a header;
- **refused**: it would change the answer and cannot. The request is 400 and names the field.

A field that is in no table is ignored and named like the others. \`null\` counts as absent everywhere. A value that asks for what happens anyway is neither named nor refused: the tables list such values behind "unless", and where every value does, the field is ignored "in silence".
Wrong types and values out of bounds are 400 with the name of the field.

## Headers

| header | whose | what it holds |
| --- | --- | --- |
| \`x-impetus-ignored\` | answer | names of the fields that made no difference, by commas; those inside others as \`messages[].name\`, \`options.name\`. Each name is percent-encoded: \`messages%5B%5D.name\` |
| \`x-impetus-applied\` | answer | what was not taken as it was sent, as \`name=value\`: \`model=ID\` when the model was called by another name than its id, \`tools=N\` when \`tool_choice\` narrows them, \`options.num_ctx=N\` when the context is another one, \`think=xhigh\` and \`output_config.effort=xhigh\` for the effort \`max\`, \`truncate=N\` for inputs that were cut, \`file=kept\` when a model leaves the list, \`PLACE=unenforced\` for places of a schema that bind nothing, \`system.x-anthropic-billing-header=removed\`, and \`system.NAME=alike\` for each rule of yours that writes changing parts of a prompt alike |
| \`x-impetus-strict: 1\` | request | strict mode for this request |
| \`x-request-id\` | both | your own id if it has at most 64 letters, digits and \`_ . : -\`, else one of ours; the log has it too |

Both lists end in \`...\` when they are longer than 1,000 characters.

**Strict mode**, by that header or by the setting \`strict\` for all requests: what would be ignored is refused instead, with 400, the name of the field (\`param\` in the APIs that have one) and the reason.
Schemas of which a place binds nothing are refused, too. What \`x-impetus-applied\` tells of other values is not an error there.

Unknown paths are 404 with the nearest path there is, wrong methods 405 with those there are, both as JSON in the words of the dialect.
`;

/** Where the document stands. */
export const compatibilityFile = path.resolve(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');

/** The whole of docs/compatibility.md. */
export async function renderCompatibility(): Promise<string> {
  const text = [opening, renderOverview(), ...sections.map(renderSection), renderNotServed(), renderFictions()].join(
    '\n',
  );
  return format(text, { ...(await resolveConfig(compatibilityFile)), parser: 'markdown' });
}

function renderOverview(): string {
  const rows = sections
    .filter(({ tabled }) => tabled.length > 0)
    .map(({ title, baseUrl, tabled }) => {
      const counts = new Map<string, number>();
      for (const endpoint of new Set(tabled.map((each) => each.endpoint))) {
        for (const { verdict } of Object.values(fieldTable[endpoint]))
          counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      }
      const numbers = verdicts.map((verdict) => String(counts.get(verdict) ?? 0));
      return [`[${title}](#${toAnchor(title)})`, `\`${origin}${baseUrl}\``, ...numbers];
    });
  return `## Dialects\n\n${toTable(['dialect', 'base URL', 'honoured', 'ignored', 'refused'], rows)}`;
}

function toAnchor(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}

function renderSection({ title, baseUrl, introduction, tabled, plain }: Section): string {
  const head = `## ${title}\n\nBase URL: \`${origin}${baseUrl}\`\n\n${introduction}\n`;
  const rows = plain.map(({ routes, says }) => [routes.map(toCode).join(' '), says]);
  const others =
    rows.length > 0
      ? `### ${tabled.length > 0 ? 'Without fields' : 'Paths'}\n\n${toTable(['path', 'answer'], rows)}`
      : '';
  return [head, ...tabled.map(renderTabled), others].join('\n');
}

function renderTabled({ endpoint, title, routes, like, note }: TabledRoute): string {
  const table = fieldTable[endpoint];
  const base = like === undefined ? {} : fieldTable[like];
  const own = Object.entries(table).filter(([field, row]) => !isSame(row, base[field]));
  const missing = Object.keys(base).filter((field) => !Object.hasOwn(table, field));
  const parts = [
    `### ${title}`,
    routes.map(toCode).join(' '),
    note ?? '',
    like === undefined ? '' : `Fields as at ${toCode(findRoute(like))}${own.length > 0 ? ', but for these:' : '.'}`,
    own.length > 0 ? toTable(['fields', 'fate', 'seen in, or why'], toRows(own)) : '',
    missing.length > 0 ? `Not known here, and so ignored: ${missing.map(toCode).join(', ')}.` : '',
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function findRoute(endpoint: TabledRoute['endpoint']): string {
  const found = sections.flatMap(({ tabled }) => tabled).find((each) => each.endpoint === endpoint);
  return found?.routes[0] ?? endpoint;
}

const verdicts = ['honoured', 'ignored', 'refused'] as const;

/** Fields with the same fate for the same reason share a row; refused ones come last. */
function toRows(fields: readonly [string, FieldRow][]): string[][] {
  return verdicts.flatMap((verdict) => {
    const groups = new Map<string, string[]>();
    for (const [field, row] of fields) {
      if (row.verdict !== verdict) continue;
      const fate = tellFate(row);
      groups.set(fate, [...(groups.get(fate) ?? []), toCode(field)]);
    }
    return [...groups].map(([fate, names]) => [names.join(' '), ...fate.split('\n')]);
  });
}

/** Verdict and reason, a line each. */
function tellFate(row: FieldRow): string {
  if (row.verdict === 'honoured') {
    const { observable } = row;
    return `honoured\n${observable.startsWith('task.') ? observable.split(', ').map(toCode).join(', ') : observable}`;
  }
  return `${row.verdict}${tellExceptions(row)}\n${row.reason}`;
}

/** Values that clients send, and one that nobody can satisfy. */
const samples: readonly unknown[] = [
  ...[false, true, 0, 1, -1, 2],
  ...['', 'auto', 'default', 'standard', 'standard_only', 'none', 'disabled', 'float'],
  ...[[], {}, ['text']],
  { edits: [{ type: 'unheard of' }], include_obfuscation: true },
];

/** Which values ask for what happens anyway. */
function tellExceptions({ isSatisfiedBy }: Exclude<FieldRow, { verdict: 'honoured' }>): string {
  const harmless = samples.filter((value) => isSatisfiedBy(value));
  if (harmless.length === 0) return '';
  if (harmless.length === samples.length) return ' in silence';
  if (harmless.length > 4) return ', unless it asks for what happens anyway';
  return `, unless ${harmless.map((value) => toCode(JSON.stringify(value))).join(' ')}`;
}

function isSame(row: FieldRow, other: FieldRow | undefined): boolean {
  return other !== undefined && tellFate(row) === tellFate(other);
}

function renderNotServed(): string {
  const rows = notServed.map(({ routes, instead }) => [routes.map(toCode).join(' '), instead]);
  return `## Not served\n\nThese paths are known to clients and answer 404, never with something made up:\n\n${toTable(['path', 'why'], rows)}`;
}

function renderFictions(): string {
  const rows = fictions.map(({ where, told, truth }) => [where, told, truth]);
  return `## Told as clients expect it\n\nSome clients stop at an unknown word. Here they get the nearest one they know:\n\n${toTable(['where', 'told', 'in truth'], rows)}`;
}

function toCode(text: string): string {
  return `\`${text}\``;
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(toCell).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
