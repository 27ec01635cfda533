import type { JSX } from 'react';
import { formatCounted } from '../format/format-number.ts';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';

/** Asks before the server stops; says who would be cut off. */
export function ConfirmQuit(props: { activeRequests: number; quit: () => void; close: () => void }): JSX.Element {
  const isBusy = props.activeRequests > 0;
  const running = formatCounted(props.activeRequests, 'request');
  return (
    <Dialog
      role="alertdialog"
      title={isBusy ? `Quit while ${running} ${props.activeRequests === 1 ? 'is' : 'are'} running?` : 'Quit Impetus?'}
      close={props.close}
    >
      <p>
        {isBusy
          ? 'Running answers get a few seconds to finish, then they end with an error.'
          : 'The server stops and models leave memory. Clients get no answer until it is started again.'}
      </p>
      <DialogActions
        start={
          <Button kind="destructive" onClick={props.quit}>
            Quit now
          </Button>
        }
      >
        <Button kind="primary" autoFocus onClick={props.close}>
          Cancel
        </Button>
      </DialogActions>
    </Dialog>
  );
}
