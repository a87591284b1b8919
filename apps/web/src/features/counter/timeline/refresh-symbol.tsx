import type { RefreshShape } from "./read-timeline.ts";

/** The mark of a refresh, around 0, 0: its shape says how it went, its colour says it again. */
export function RefreshSymbol({ shape }: { shape: RefreshShape }) {
  switch (shape) {
    case "background":
      return <path className="solid" d="M0-7L7 0 0 7-7 0z" />;
    case "led":
      return <circle className="solid" r="6" />;
    case "joined":
      return <circle className="ring" r="5" />;
    case "replayed":
      return (
        <>
          <circle className="ring" r="5" />
          <path className="solid" d="M0-5a5 5 0 0 0 0 10z" />
        </>
      );
    case "explicit":
      return <path className="solid" d="M-5.5-5.5h11v11h-11z" />;
    case "failed":
      return <path className="cross" d="M-5-5L5 5M5-5L-5 5" />;
    default:
      return shape satisfies never;
  }
}
