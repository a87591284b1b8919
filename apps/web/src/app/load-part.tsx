import { lazy, Suspense, type ComponentType, type ReactNode } from "react";
import { ErrorBoundary } from "react-error-boundary";
import "./plain-page.css";

/**
 * A part of the page that is fetched when it is first shown.
 *
 * One that can't be fetched, offline or after a deployment, says so in its place. Without this, the whole page would go.
 */
export function loadPart<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  waiting: ReactNode = null,
): ComponentType<Props> {
  const Part = lazy(load);
  return function LoadedPart(props: Props) {
    return (
      <ErrorBoundary FallbackComponent={NotLoaded}>
        <Suspense fallback={waiting}>
          <Part {...props} />
        </Suspense>
      </ErrorBoundary>
    );
  };
}

/** After a deployment only a reload finds the part: the old one is gone. */
function NotLoaded() {
  return (
    <div className="not-loaded" role="alert">
      <p>This part of the page did not load. What you typed is kept.</p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}
