import type { CacheReport, CacheUse } from '#shared/domain/cache-report.ts';
import { requireRunningServer } from '../attach.ts';
import type { CliCommand, CommandWork } from '../command.ts';
import { exitCodes } from '../exit-code.ts';
import { formatBytes, formatTable } from '../format.ts';
import { usageError } from '../parse-arguments.ts';

/** What clients reused of earlier prompts and what broke it; `clear` forgets all kept state. */
export const cacheCommand: CliCommand = {
  name: 'cache',
  usage: 'cache [clear]',
  summary: 'Show what prompts reuse and what breaks it, or forget all kept state',
  flags: {},
  positionals: { min: 0, max: 1 },
  prepare(given) {
    const [action] = given.positionals;
    const home = given.text('home');
    if (action === undefined) return showReport(home);
    if (action === 'clear') return clear(home);
    throw usageError(`cache knows no "${action}"; it knows: clear.`, { action });
  },
};

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
function describeBreak({ client, breaks }: CacheUse): string[] {
  const [newest] = breaks;
  if (!newest) return [];
  const { position, before, now, lostTokens } = newest;
  const who = client === '' ? 'A client' : client;
  return [
    `${who} changed ${JSON.stringify(before)} to ${JSON.stringify(now)} after ${position} tokens: ${lostTokens} tokens behind it were read again.\n`,
  ];
}
