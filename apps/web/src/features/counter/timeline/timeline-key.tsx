import type { RefreshShape } from "./read-timeline.ts";
import { RefreshSymbol } from "./refresh-symbol.tsx";

const SHAPES: readonly (readonly [RefreshShape, string])[] = [
  ["background", "Background, nobody waited"],
  ["led", "Led"],
  ["joined", "Joined"],
  ["replayed", "Replayed"],
  ["explicit", "Explicit"],
  ["failed", "Failed"],
];

/** What the shapes mean. */
export function TimelineKey() {
  return (
    <ul className="key" aria-label="What the marks mean">
      {SHAPES.map(([shape, words]) => (
        <li key={shape}>
          <svg viewBox="-8 -8 16 16" aria-hidden="true">
            <RefreshSymbol shape={shape} />
          </svg>
          {words}
        </li>
      ))}
      <li>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path className="cut" d="M8 12L3 4h10z" />
        </svg>
        Marked expired
      </li>
      <li>
        <svg viewBox="0 0 14 14" aria-hidden="true">
          <path className="hatched" d="M.5.5h13v13H.5zM0 7l7-7M0 14L14 0M7 14l7-7" />
        </svg>
        Provider down
      </li>
    </ul>
  );
}
