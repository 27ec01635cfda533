import { useState, type JSX } from 'react';
import type { Settings, SettingsPatch } from '#shared/domain/settings.ts';
import { useCommand } from '../../control/use-command.ts';
import { useSignal } from '../../control/use-signal.ts';
import { ErrorBanner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { EmptyState, SkeletonRows } from '../../ui/empty-state.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { AboutSection } from './about-section.tsx';
import { SettingRowView } from './setting-row-view.tsx';
import { searchSettings, settingSections, type SettingSection } from './setting-rows.ts';
import './settings-page.css';

/** Every setting, each with what it does and its default. Changes act at once. */
export default function SettingsPage({ section: wanted }: { section: string | undefined }): JSX.Element {
  const settings = useSignal('settings.changed');
  const update = useCommand('settings.update');
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(wanted ?? 'general');
  const isSearching = text.trim() !== '';
  const shown = isSearching
    ? searchSettings(settingSections, text)
    : settingSections.filter((section) => section.id === chosen);

  return (
    <Page
      title="Settings"
      tools={<SearchField label="Search settings" value={text} onChange={(event) => setText(event.target.value)} />}
    >
      <div className="settings">
        <nav className="settings-sections" aria-label="Settings sections" data-region="">
          {[...settingSections.map(({ id, title }) => ({ id, title })), { id: 'about', title: 'About' }].map(
            ({ id, title }) => (
              <button
                key={id}
                type="button"
                aria-current={!isSearching && id === chosen ? 'true' : undefined}
                onClick={() => {
                  setChosen(id);
                  setText('');
                }}
              >
                {title}
              </button>
            ),
          )}
        </nav>
        <div className="page-body settings-rows" data-region="">
          {update.error && <ErrorBanner error={update.error} dismiss={update.clearError} />}
          {!settings && <SkeletonRows count={5} label="Reading the settings" />}
          {settings && <Sections sections={shown} settings={settings} change={(patch) => void update.run(patch)} />}
          {!isSearching && chosen === 'about' && <AboutSection />}
          {isSearching && shown.length === 0 && (
            <EmptyState
              icon="search"
              title={`No setting matches “${text.trim()}”.`}
              action={<Button onClick={() => setText('')}>Show all</Button>}
            />
          )}
        </div>
      </div>
    </Page>
  );
}

interface SectionsProps {
  sections: readonly SettingSection[];
  settings: Settings;
  change: (patch: SettingsPatch) => void;
}

function Sections({ sections, settings, change }: SectionsProps): JSX.Element[] {
  return sections.map((section) => (
    <section key={section.id} aria-labelledby={`settings-${section.id}`}>
      <h2 id={`settings-${section.id}`}>{section.title}</h2>
      {section.rows.map((row) => (
        <SettingRowView key={row.key} row={row} settings={settings} change={change} />
      ))}
    </section>
  ));
}
