import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { formatBytes } from '../../format/format-number.ts';
import { toLedgerParts, toLedgerText } from '../../format/memory-ledger.ts';
import { MemoryLedger } from '../../ui/meters.tsx';

/** The machine's memory as one bar with its legend. */
export function MemorySection({
  server,
  models,
}: {
  server: ServerState;
  models: readonly ModelSummary[];
}): JSX.Element {
  const parts = toLedgerParts(server.memory, models);
  const total = formatBytes(server.memory.totalBytes);
  return (
    <section className="section" aria-labelledby="home-memory">
      <div className="section-head home-memory-head">
        <h2 id="home-memory">Memory</h2>
        <span className="secondary tabular">
          {formatBytes(server.memory.availableBytes)} of {total} free for models
        </span>
      </div>
      <MemoryLedger parts={parts} text={toLedgerText(server.memory, parts)} />
      <ul className="home-legend tabular">
        {parts.map((part, index) => (
          <li key={index}>
            <i className={`ledger-key ledger-${part.kind}`} /> <bdi>{part.name}</bdi> <b>{formatBytes(part.bytes)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}
