import type { JSX } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { Passport, PassportCheck } from '#shared/domain/passport.ts';
import { formatBytes, formatRate, unitSpace } from '../../format/format-number.ts';
import { formatDay, formatMilliseconds } from '../../format/format-time.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ProgressBar } from '../../ui/meters.tsx';
import { checkNames, toOutcome, toRemedies, toTelling, verdictWords } from './passport-words.ts';
import type { ModelTest, TestProgress } from './use-model-test.ts';
import { usePassport } from './use-passport.ts';
import './passport-section.css';

export interface PassportSectionProps {
  model: ModelSummary;
  test: ModelTest;
}

/** What the model was found to do on this machine, how fast, and the button that finds it out. */
export function PassportSection({ model, test }: PassportSectionProps): JSX.Element {
  const passport = usePassport(model);
  const { failure } = test;
  return (
    <section className="section passport" aria-labelledby="passport-title">
      <hr />
      <div className="section-head">
        <h3 className="inspector-heading" id="passport-title">
          Passport
        </h3>
        {passport && <span className="small tertiary">measured {formatDay(passport.testedAt)}</span>}
      </div>
      {passport ? (
        <Findings model={model} passport={passport} />
      ) : (
        <p className="small secondary">Not measured yet. It is tested when nobody needs the machine, or now.</p>
      )}
      {failure?.model === model.id && <ErrorBanner error={failure.error} dismiss={test.clearFailure} />}
      <TestControl model={model} test={test} isAgain={passport !== undefined} />
    </section>
  );
}

function Findings({ model, passport }: { model: ModelSummary; passport: Passport }): JSX.Element {
  const { checks } = passport;
  const telling = toTelling(checks);
  return (
    <>
      {model.passport?.isCurrent === false && (
        <p className="small passport-stale">
          Measured with another build of the engine. With this one nothing is measured yet.
        </p>
      )}
      {telling.length > 0 && (
        <ul className="passport-list tabular">
          {telling.map((check) => (
            <li key={check.id}>
              <CheckLine check={check} />
            </li>
          ))}
        </ul>
      )}
      {toRemedies(checks).map((remedy) => (
        <p key={remedy} className="small secondary">
          {remedy}
        </p>
      ))}
      <OnThisMachine checks={checks} />
      <AllChecks passport={passport} />
    </>
  );
}

function CheckLine({ check }: { check: PassportCheck }): JSX.Element {
  const { icon, word } = verdictWords[check.verdict];
  const outcome = toOutcome(check);
  return (
    <span className={`passport-line passport-${check.verdict}`}>
      <Icon name={icon} />
      <span className="grow">{checkNames[check.id]}</span>
      {outcome !== word && <span className="visually-hidden">{word},</span>}
      <span className="passport-outcome">{outcome}</span>
    </span>
  );
}

function OnThisMachine({ checks }: { checks: readonly PassportCheck[] }): JSX.Element | null {
  const figure = (id: PassportCheck['id'], name: string): number | undefined =>
    checks.find((check) => check.id === id)?.figures[name];
  const rate = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : `${formatRate(value)}${unitSpace}tok/s`;
  const firstTokenMs = figure('speed', 'firstTokenMs');
  const peakBytes = figure('memory', 'peakBytes');
  const facts: [string, string | undefined][] = [
    ['Writes', rate(figure('speed', 'decodeTokensPerSecond'))],
    ['Reads', rate(figure('speed', 'prefillTokensPerSecond'))],
    ['First token', firstTokenMs === undefined ? undefined : formatMilliseconds(firstTokenMs)],
    ['Memory', peakBytes === undefined ? undefined : formatBytes(peakBytes)],
  ];
  const known = facts.filter(([, value]) => value !== undefined);
  if (known.length === 0) return null;
  return (
    <>
      <h4 className="small secondary passport-heading">On this machine</h4>
      <dl className="facts tabular">
        {known.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Every check with what was seen. */
function AllChecks({ passport: { checks, end } }: { passport: Passport }): JSX.Element {
  return (
    <details className="passport-all">
      <summary>All {checks.length} checks</summary>
      <ul className="passport-list tabular">
        {checks.map((check) => (
          <li key={check.id}>
            <CheckLine check={check} />
            <p className="small tertiary passport-detail">{check.detail}</p>
          </li>
        ))}
      </ul>
      {endings[end] !== undefined && <p className="small secondary">{endings[end]}</p>}
    </details>
  );
}

const endings: Partial<Record<Passport['end'], string>> = {
  time: 'The time for the test was over before its end. A setting gives it more.',
  interrupted: 'The test was interrupted. It goes on when nobody needs the machine.',
  crashed: 'The engine died during the test.',
};

function TestControl({ model, test, isAgain }: PassportSectionProps & { isAgain: boolean }): JSX.Element {
  const { progress } = test;
  if (progress?.model === model.id) return <Progress progress={progress} cancel={test.cancel} />;
  return (
    <div className="row">
      <Button
        icon="play"
        disabledReason={progress ? 'Another model is being tested.' : undefined}
        onClick={() => test.start(model.id)}
      >
        {isAgain ? 'Test this model again' : 'Test this model'}
      </Button>
    </div>
  );
}

const waits: Record<NonNullable<TestProgress['waitsFor']>, string> = {
  loading: 'Loading the model…',
  requests: 'Waits while requests run',
  'another-test': 'Waits for another test',
};

function Progress({ progress, cancel }: { progress: TestProgress; cancel: () => void }): JSX.Element {
  const { done, total, current, waitsFor } = progress;
  const doing = waitsFor ? waits[waitsFor] : current ? `Testing: ${checkNames[current]}` : 'Testing…';
  return (
    <div className="passport-progress">
      <div className="row small">
        <span className="grow" role="status">
          {doing}
        </span>
        <span className="tertiary tabular">{total > 0 && `${done} of ${total}`}</span>
      </div>
      <ProgressBar
        label="Testing the model"
        progress={total === 0 ? 0 : done / total}
        text={`${done} of ${total} checks`}
      />
      <div className="row">
        <Button size="small" icon="stop" onClick={cancel}>
          Stop the test
        </Button>
      </div>
    </div>
  );
}
