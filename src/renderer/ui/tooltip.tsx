import { Tooltip as Radix } from 'radix-ui';
import type { JSX, ReactNode } from 'react';
import './tooltip.css';

/** Once around the app: tooltips wait 600 ms, and come at once while one was just open. */
export function TooltipProvider({ children }: { children: ReactNode }): JSX.Element {
  return (
    <Radix.Provider delayDuration={600} skipDelayDuration={300}>
      {children}
    </Radix.Provider>
  );
}

/** A short name of what is under the pointer or has the focus; never needed to understand the view. */
export function Tooltip({ text, children }: { text: string; children: JSX.Element }): JSX.Element {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
