import { Component, type ErrorInfo, type JSX, type ReactNode } from 'react';
import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';

interface State {
  error: AppError | undefined;
}

/** A page that fails says so in its place; the frame and the server go on. A new `resetKey` tries again. */
export class ErrorBoundary extends Component<{ resetKey: string; children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(thrown: unknown): State {
    return { error: toAppError(thrown) };
  }

  override componentDidCatch(thrown: unknown, _info: ErrorInfo): void {
    window.reportError(thrown);
  }

  override componentDidUpdate(previous: { resetKey: string }): void {
    if (previous.resetKey !== this.props.resetKey && this.state.error) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <Failure error={error} retry={() => this.setState({ error: undefined })} /> : this.props.children;
  }
}

function Failure({ error, retry }: { error: AppError; retry: () => void }): JSX.Element {
  return (
    <EmptyState
      icon="error"
      title="This page stopped working"
      action={
        <>
          <Button kind="primary" onClick={retry}>
            Show it again
          </Button>
          <Button kind="quiet" onClick={() => window.location.reload()}>
            Reload the window
          </Button>
        </>
      }
    >
      <p>The server is not affected. {error.message}</p>
    </EmptyState>
  );
}
