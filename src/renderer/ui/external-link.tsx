import { useState, type JSX, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';

/**
 * The one way out of the interface to a foreign address. It shows where it leads and asks first: text of a model can
 * name a link one thing and point it at another. The address must be a web or mail address.
 */
export function ExternalLink({ address, children }: { address: string; children: ReactNode }): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <button type="button" className="link-button external-link" title={address} onClick={() => setAsking(true)}>
        {children}
      </button>
      {isAsking && (
        <Dialog role="alertdialog" title="Open this link in the browser?" close={() => setAsking(false)}>
          <p className="mono external-address">{address}</p>
          <DialogActions>
            <Button autoFocus onClick={() => setAsking(false)}>
              Cancel
            </Button>
            <Button
              kind="primary"
              onClick={() => {
                setAsking(false);
                window.open(address, '_blank', 'noopener,noreferrer');
              }}
            >
              Open
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </>
  );
}
