import { lazy, Suspense, type JSX } from 'react';
import { ControlContext, type Control } from '../control/control-context.ts';
import { useSignal } from '../control/use-signal.ts';
import { MessagesProvider } from '../ui/messages.tsx';
import { TooltipProvider } from '../ui/tooltip.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { useRoute } from './routes.ts';
import { useTheme } from './theme.ts';

const WindowFrame = lazy(() => import('./window-frame.tsx'));
const TrayPanel = lazy(() => import('../features/tray-panel/tray-panel.tsx'));

/** The whole interface: the popover of the tray, or the window with its pages; which one, the route says. */
export function App({ control }: { control: Control }): JSX.Element {
  return (
    <ControlContext value={control}>
      <TooltipProvider>
        <MessagesProvider>
          <Views />
        </MessagesProvider>
      </TooltipProvider>
    </ControlContext>
  );
}

function Views(): JSX.Element {
  const route = useRoute();
  useTheme(useSignal('settings.changed')?.theme);
  return (
    <ErrorBoundary resetKey={route.page}>
      <Suspense fallback={null}>{route.page === 'popover' ? <TrayPanel /> : <WindowFrame route={route} />}</Suspense>
    </ErrorBoundary>
  );
}
