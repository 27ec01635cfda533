import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { toCurlExample } from '../../format/copy-examples.ts';
import { formatCounted } from '../../format/format-number.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { toModelName } from '#shared/domain/model-name.ts';

interface RunningNowProps {
  server: ServerState;
  models: readonly ModelSummary[];
}

/** How many requests each model works on, or, when none does, a line that makes one. */
export function RunningNow({ server, models }: RunningNowProps): JSX.Element {
  const busy = models.flatMap((model) =>
    model.status.state === 'loaded' && model.status.activeRequests > 0
      ? [{ id: model.id, name: toModelName(model), requests: model.status.activeRequests, slots: model.status.slots }]
      : [],
  );
  const example = models.find((model) => model.isDefault)?.id ?? models[0]?.id;
  return (
    <section className="section" aria-labelledby="home-running">
      <div className="section-head">
        <h2 id="home-running">Running now</h2>
        <a className="small" href="#/logs">
          Log
        </a>
      </div>
      {busy.length === 0 ? (
        <>
          <p className="secondary">No requests. Try it:</p>
          <CodeBlock title="curl" name="curl example" code={toCurlExample(server.baseUrl, example)} />
        </>
      ) : (
        <ul className="home-running">
          {busy.map((model) => (
            <li key={model.id}>
              <svg className="icon icon-16 request-glyph" viewBox="0 0 16 16" aria-hidden="true">
                <circle className="icon-fill" cx="8" cy="8" r="4.6" />
              </svg>
              <bdi className="medium truncate">{model.name}</bdi>
              <span className="secondary tabular">
                {formatCounted(model.requests, 'request')} in {formatCounted(model.slots, 'slot')}
              </span>
            </li>
          ))}
          {server.queuedRequests > 0 && (
            <li>
              <svg className="icon icon-16 request-glyph" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="8" cy="8" r="4.3" />
              </svg>
              <span className="secondary tabular">{formatCounted(server.queuedRequests, 'request')} waiting</span>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
