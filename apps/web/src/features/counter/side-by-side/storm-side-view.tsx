import type { StormSide } from "@coatcheck/contract";
import { useId } from "react";
import { useWidth } from "../timeline/use-width.ts";

const LANE = 11;
const TOP = 6;

export type StormSideViewProps = { name: string; side: StormSide; longestMs: number };

/** How one BFF came through the storm: its calls as lines over the same time, then what the provider counted. */
export function StormSideView({ name, side, longestMs }: StormSideViewProps) {
  const heading = useId();
  const [place, width] = useWidth<HTMLElement>();
  const answered = side.calls.filter(({ status }) => status === 200).length;
  const isKept = side.laterStatus === 200;
  const bottom = TOP + side.calls.length * LANE;
  const room = width - 12;
  const x = (ms: number) => (ms / longestMs) * room;
  return (
    <section className={isKept ? "storm-side" : "storm-side lost"} aria-labelledby={heading}>
      <h3 id={heading}>{name}</h3>
      <p className="verdict">{isKept ? "Session kept" : "Session lost"}</p>
      <figure
        ref={place}
        aria-label={`${answered} of ${side.calls.length} calls answered within ${Math.round(longestMs)} ms`}
      >
        {width === 0 ? null : (
          <svg
            className="lanes"
            width={width}
            height={bottom + 26}
            viewBox={`0 0 ${width} ${bottom + 26}`}
            aria-hidden="true"
          >
            {side.calls.map(({ startedMs, endedMs, status }, index) => {
              const y = TOP + index * LANE;
              return (
                <g key={y} className={status === 200 ? "lane" : "lane refused"}>
                  <path d={`M${x(startedMs)} ${y}H${x(endedMs)}`} />
                  {status === 200 ? (
                    <circle cx={x(endedMs)} cy={y} r="4" />
                  ) : (
                    <path d={`M${x(endedMs) - 4} ${y - 4}l8 8m0-8l-8 8`} />
                  )}
                </g>
              );
            })}
            <path className="axis" d={`M0 ${bottom + 2}H${width}`} />
            <text x="0" y={bottom + 20}>
              0
            </text>
            <text className="end" x={width} y={bottom + 20}>
              {Math.round(longestMs)} ms
            </text>
          </svg>
        )}
      </figure>
      <dl>
        <div>
          <dt>Calls answered</dt>
          <dd>
            {answered} of {side.calls.length}
          </dd>
        </div>
        <div>
          <dt>Refreshes at the provider</dt>
          <dd>{side.refreshes}</dd>
        </div>
        <div>
          <dt>Refresh tokens spent twice</dt>
          <dd>{side.reuseDetected}</dd>
        </div>
        <div>
          <dt>Grants revoked</dt>
          <dd>{side.grantsRevoked}</dd>
        </div>
        <div>
          <dt>The next call</dt>
          <dd>{side.laterStatus}</dd>
        </div>
      </dl>
    </section>
  );
}
