import { useRef, useState, type JSX } from 'react';
import { findBridge } from '../../control/bridge.ts';
import { formatBytes } from '../../format/format-number.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ModelGlyph } from '../../ui/model-glyph.tsx';
import type { ImportItem, Imports } from './use-import.ts';
import { toModelName } from '#shared/domain/model-name.ts';

interface ImportDialogProps {
  imports: Imports;
  close: () => void;
  /** Shows a model that is now in the library. */
  show: (model: string) => void;
}

/** Adds files in place: by path everywhere, by the system's file dialog on the desktop. */
export function ImportDialog({ imports, close, show }: ImportDialogProps): JSX.Element {
  const [path, setPath] = useState('');
  const [wrong, setWrong] = useState<string>();
  const isWorking = imports.items.some((item) => item.state === 'working');
  const done = imports.items.filter((item) => item.state === 'done');

  function submit(): void {
    const trimmed = path.trim().replace(/^"(.*)"$/, '$1');
    if (trimmed === '') {
      setWrong('Type the path of a GGUF file.');
      return;
    }
    imports.addPath(trimmed);
    setPath('');
  }

  function finish(): void {
    const last = done.at(-1);
    if (last?.state === 'done') show(last.model.id);
    close();
  }

  return (
    <Dialog title="Import models" close={close}>
      <p>The file stays where it is: Impetus reads its header, checks it and lists it. Nothing is copied.</p>
      <form
        className="import-form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label="Path of a GGUF file"
          placeholder="/path/to/model.gguf"
          value={path}
          wrong={wrong}
          onChange={(event) => {
            setPath(event.target.value);
            setWrong(undefined);
          }}
        />
        <Button submit>Add</Button>
      </form>
      {findBridge() && <FilePicker pick={imports.addFiles} />}
      <ul className="import-items" aria-live="polite">
        {imports.items.map((item) => (
          <ImportRow key={item.name} item={item} />
        ))}
      </ul>
      <DialogActions>
        <Button kind="quiet" onClick={close}>
          {done.length > 0 ? 'Close' : 'Cancel'}
        </Button>
        {done.length > 0 && (
          <Button kind="primary" working={isWorking && 'Checking…'} onClick={finish}>
            Show in the library
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

function FilePicker({ pick }: { pick: (files: readonly File[]) => void }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <p>
      <button type="button" className="link-button" onClick={() => input.current?.click()}>
        Choose files…
      </button>{' '}
      or drop them on this window.
      <input
        ref={input}
        type="file"
        accept=".gguf"
        multiple
        hidden
        aria-label="Model files"
        onChange={(event) => pick([...(event.target.files ?? [])])}
      />
    </p>
  );
}

function ImportRow({ item }: { item: ImportItem }): JSX.Element {
  switch (item.state) {
    case 'working':
      return (
        <li>
          <Icon name="file" />
          <span className="grow">
            <bdi>{item.name}</bdi>
            <span className="import-line">Checking its header…</span>
          </span>
        </li>
      );
    case 'done':
      return (
        <li>
          <ModelGlyph model={item.model} />
          <span className="grow">
            <bdi>{toModelName(item.model)}</bdi>
            <span className="import-line tabular">
              {item.model.facts.quantization} · {formatBytes(item.model.sizeBytes)} · added as {item.model.id}
            </span>
          </span>
        </li>
      );
    case 'failed':
      return (
        <li>
          <span className="import-failed">
            <Icon name="error" />
          </span>
          <span className="grow">
            <bdi>{item.name}</bdi>
            <span className="import-line import-failed">{item.error.message}</span>
            {item.error.hint && <span className="import-line">{item.error.hint}</span>}
          </span>
        </li>
      );
  }
}
