import type { JSX } from 'react';
import { useSignal } from '../../control/use-signal.ts';
import { CopyIconButton } from '../../ui/copy.tsx';

/** What this is, which version answers, where its data lies. */
export function AboutSection(): JSX.Element {
  const server = useSignal('server.changed');
  return (
    <section aria-labelledby="settings-about">
      <h2 id="settings-about">About</h2>
      <dl className="about tabular">
        <div>
          <dt>Impetus</dt>
          <dd>{server ? `version ${server.version}` : 'not answering'}</dd>
        </div>
        {server && (
          <>
            <div>
              <dt>Data folder</dt>
              <dd>
                <span className="mono">{server.home}</span>
                <CopyIconButton text={server.home} name="data folder" />
              </dd>
            </div>
            <div>
              <dt>Process</dt>
              <dd>pid {server.pid}</dd>
            </div>
          </>
        )}
        <div>
          <dt>Licence</dt>
          <dd>MIT</dd>
        </div>
      </dl>
    </section>
  );
}
