import type { CacheReport, CacheUse } from '#shared/domain/cache-report.ts';
import { promptNormalizerSchema, type NormalizerRule } from '#shared/domain/prompt-normalizer.ts';
import { requireRunningServer } from '../attach.ts';
import type { CliCommand, CommandWork } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { formatBytes, formatTable } from '../format.ts';
import { usageError } from '../parse-arguments.ts';

const flags = {
  model: { value: 'ID', help: 'With normalize: for this model only' },
} satisfies Flags;

/** What clients reused of earlier prompts and what broke it; `clear` forgets all kept state. */
export const cacheCommand: CliCommand = {
  name: 'cache',
  usage: 'cache [clear | normalize CLIENT NORMALIZER [on|off]]',
  summary: 'Show what prompts reuse and what breaks it, mend that, or forget all kept state',
  flags,
  positionals: { min: 0, max: 4 },
  prepare(given) {
    const [action, ...values] = given.positionals;
    const home = given.text('home');
    if (action === undefined) return showReport(home);
    if (action === 'clear' && values.length === 0) return clear(home);
    if (action === 'normalize') return normalize(home, readRule(values, given.text('model')));
    throw usageError(`cache knows no "${given.positionals.join(' ')}"; it knows: clear, normalize.`, { action });
  },
};

/** A rule as the words of the command line give it. */
function readRule([client, name, state = 'on']: readonly string[], model: string | undefined): Switched {
  const normalizer = promptNormalizerSchema.safeParse(name);
  if (client === undefined || !normalizer.success || !['on', 'off'].includes(state)) {
    const known = promptNormalizerSchema.options.join(', ');
    throw usageError(`Name a client as "impetus cache" shows it, one of ${known}, and on or off.`, {
      normalizer: name,
    });
  }
  const named = client === '-' ? '' : client;
  return { client: named, model: model ?? null, normalizer: normalizer.data, isOn: state === 'on' };
}

type Switched = NormalizerRule & { isOn: boolean };

function normalize(home: string | undefined, rule: Switched): CommandWork {
  return async ({ environment, output }) => {
    const { client } = await requireRunningServer(environment.openHome(home), environment);
    try {
      const { rules } = await client.command('cache.normalize', rule);
      const what = rule.normalizer.charAt(0).toUpperCase() + rule.normalizer.slice(1);
      const where = `the system messages of ${rule.client === '' ? 'clients without a name' : rule.client}`;
      output.result(`${what} in ${where} are ${rule.isOn ? 'written alike from now on' : 'left as they come'}.\n`, {
        rules,
      });
      return exitCodes.ok;
    } finally {
      client.close();
    }
  };
}

function showReport(home: string | undefined): CommandWork {
  return async ({ environment, output }) => {
    const { client } = await requireRunningServer(environment.openHome(home), environment);
    try {
      const report = await client.command('cache.report', {});
      output.result(formatReport(report), report);
      return exitCodes.ok;
    } finally {
      client.close();
    }
  };
}

function clear(home: string | undefined): CommandWork {
  return async ({ environment, output }) => {
    const { client } = await requireRunningServer(environment.openHome(home), environment);
    try {
      await client.command('cache.clear', {});
      output.result('Everything kept of earlier conversations is forgotten.\n', { cleared: true });
      return exitCodes.ok;
    } finally {
      client.close();
    }
  };
}

function formatReport({ uses, disk }: CacheReport): string {
  const headings = ['CLIENT', 'MODEL', 'REQUESTS', 'PROMPT TOKENS', 'REUSED', 'LOST', 'COST'];
  const table = formatTable(headings, uses.map(toRow));
  const breaks = uses.flatMap(describeBreak);
  return `${table}${breaks.join('')}${formatBytes(disk.bytes)} of state on disk, in ${disk.files} files.\n`;
}

function toRow(use: CacheUse): string[] {
  const share = use.promptTokens === 0 ? 0 : (100 * use.reusedTokens) / use.promptTokens;
  return [
    use.client === '' ? '-' : use.client,
    use.model,
    String(use.requests),
    String(use.promptTokens),
    `${share.toFixed(0)} %`,
    String(use.lostTokens),
    `${(use.lostMs / 1000).toFixed(1)} s`,
  ];
}

/** The newest break of a client, in the words that changed. */
function describeBreak({ client, breaks, normalizers }: CacheUse): string[] {
  const [newest] = breaks;
  if (!newest) return [];
  const { position, before, now, lostTokens } = newest;
  const who = client === '' ? 'A client' : client;
  const remedies = newest.proposed.filter((name) => !normalizers.includes(name));
  return [
    `${who} changed ${JSON.stringify(before)} to ${JSON.stringify(now)} after ${position} tokens: ${lostTokens} tokens behind it were read again.\n`,
    ...remedies.map((name) => `  To write it alike: impetus cache normalize ${client === '' ? '-' : client} ${name}\n`),
  ];
}
