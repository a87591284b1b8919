import type { CallTick, Life, SeenOutage, RefreshMark, RefreshShape, Timeline } from "./read-timeline.ts";
import { mergeNear, type PlotScale } from "./plot-scale.ts";
import { RefreshSymbol } from "./refresh-symbol.tsx";
import { sayAgo } from "./say-row.ts";

/** Heights of the rows. */
const WIDE = {
  lanes: [14, 44],
  refresh: 108,
  lines: [88, 128],
  calls: 196,
  label: 216,
  height: 224,
} as const;
const NARROW = { lanes: [12, 42], refresh: 96, lines: [], calls: 154, label: 174, height: 180 } as const;
type Heights = typeof WIDE | typeof NARROW;
const LIFE_PX = 26;

export type TimelinePlotProps = {
  timeline: Timeline;
  scale: PlotScale;
  nowMs: number;
  chosen: string | undefined;
};

/** The drawing. Everything of it stands in the table, too; `data-rows` names the rows of a mark. */
export function TimelinePlot({ timeline, scale, nowMs, chosen }: TimelinePlotProps) {
  const heights = scale.isNarrow ? NARROW : WIDE;
  const { width, left, spanMs, tickMs, x } = scale;
  const ticks = Array.from({ length: spanMs / tickMs + 1 }, (_, index) => nowMs - spanMs + index * tickMs);
  return (
    <svg
      className="timeline-plot"
      width={width}
      height={heights.height}
      viewBox={`0 0 ${width} ${heights.height}`}
      aria-hidden="true"
    >
      <defs>
        <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path className="hatch" d="M0 0v7" />
        </pattern>
        <clipPath id="timeline-clip">
          <rect x={left} width={width - left} height={heights.height} />
        </clipPath>
      </defs>
      {ticks.map((at) => (
        <g key={at}>
          <path className="grid" d={`M${x(at)} 0V${heights.calls}`} />
          <text className={at === nowMs ? "tick now" : "tick"} x={x(at)} y={heights.label}>
            {at === nowMs ? "now" : sayAgo(at, nowMs)}
          </text>
        </g>
      ))}
      {scale.isNarrow ? null : (
        <g className="names">
          <text y="47">Access</text>
          <text y="112">Refresh</text>
          <text y="168">Calls</text>
        </g>
      )}
      <g clipPath="url(#timeline-clip)">
        {timeline.outages.map((outage) => (
          <OutageBand key={outage.key} outage={outage} {...{ scale, heights, nowMs, chosen }} />
        ))}
        {[...heights.lines, heights.calls].map((y) => (
          <path key={y} className="grid" d={`M${left} ${y}H${width}`} />
        ))}
        {timeline.lives.map((life) => (
          <LifeBar key={life.key} life={life} {...{ scale, heights, nowMs, chosen }} />
        ))}
        {timeline.cuts.map(({ key, at }) => (
          <path
            key={key}
            data-rows={key}
            className={key === chosen ? "cut chosen" : "cut"}
            d={`M${x(at)} ${heights.lanes[0] - 2}l-4-7h8z`}
          />
        ))}
        <Refreshes marks={timeline.refreshes} {...{ scale, heights, chosen }} />
        <Calls ticks={timeline.calls} {...{ scale, heights, chosen }} />
      </g>
      <path className="now-line" d={`M${x(nowMs)} 0V${heights.calls}`} />
    </svg>
  );
}

type Place = { scale: PlotScale; heights: Heights; chosen: string | undefined };

function OutageBand({
  outage,
  scale,
  heights,
  nowMs,
  chosen,
}: Place & { outage: SeenOutage; nowMs: number }) {
  const start = scale.x(outage.startAt);
  const end = Math.max(start + 3, scale.x(outage.endAt ?? nowMs));
  return (
    <g data-rows={outage.key} className={outage.key === chosen ? "outage chosen" : "outage"}>
      <title>Provider not answering</title>
      <rect x={start} width={end - start} height={heights.calls} fill="url(#hatch)" />
      <path d={`M${start} 0V${heights.calls}M${end} 0V${heights.calls}`} />
    </g>
  );
}

function LifeBar({ life, scale, heights, nowMs, chosen }: Place & { life: Life; nowMs: number }) {
  const top = heights.lanes[life.lane];
  const [start, end, now] = [scale.x(life.startAt), scale.x(life.endAt), scale.x(nowMs)];
  const visible = Math.max(start, scale.left);
  const words = `Coat ${life.coat}`;
  const room = Math.min(end, now) - visible;
  return (
    <g data-rows={life.key} className={life.key === chosen ? "life chosen" : "life"}>
      <title>{words}</title>
      <path className="stem" d={`M${start} ${top + LIFE_PX}V${heights.refresh}`} />
      {end > now ? <rect className="to-come" x={now} y={top} width={end - now} height={LIFE_PX} /> : null}
      <rect
        className="spent"
        x={start}
        y={top}
        width={Math.max(2, Math.min(end, now) - start)}
        height={LIFE_PX}
      />
      {room > 28 ? (
        <text x={visible + 9} y={top + 18}>
          {room > 64 ? words : life.coat}
        </text>
      ) : null}
    </g>
  );
}

/** Of marks in one place, the one that is worth most to be seen. */
const WEIGHT: readonly RefreshShape[] = ["failed", "explicit", "led", "background", "replayed", "joined"];
const REFRESH_PX = 24;
/** How far the next mark must be for a number between them. */
const NUMBER_PX = 54;

function Refreshes({ marks, scale, heights, chosen }: Place & { marks: readonly RefreshMark[] }) {
  // A failure never hides the success that ended it.
  const groups = [true, false]
    .flatMap((isFailed) =>
      mergeNear(
        marks.filter(({ shape }) => (shape === "failed") === isFailed),
        scale.x,
        REFRESH_PX,
      ),
    )
    .toSorted(([a], [b]) => (a?.at ?? 0) - (b?.at ?? 0));
  return groups.map((group, index) => {
    const [shown] = group.toSorted((a, b) => WEIGHT.indexOf(a.shape) - WEIGHT.indexOf(b.shape));
    if (shown === undefined) return null;
    const others = group.length - 1;
    const next = groups[index + 1]?.[0];
    const hasRoom = next === undefined || scale.x(next.at) - scale.x(shown.at) > NUMBER_PX;
    const isChosen = group.some(({ key }) => key === chosen);
    return (
      <g
        key={shown.key}
        data-rows={group.map(({ key }) => key).join(" ")}
        className={isChosen ? "refresh chosen" : "refresh"}
        transform={`translate(${scale.x(shown.at)} ${heights.refresh})`}
      >
        <circle className="paper" r={others > 0 ? 11.5 : 8.5} />
        {others > 0 ? <circle className="around" r="11.5" /> : null}
        <RefreshSymbol shape={shown.shape} />
        {others > 0 && hasRoom ? (
          <text x="16" y="4.5">
            {`+${others}`}
          </text>
        ) : null}
      </g>
    );
  });
}

type CallGroup = { keys: readonly string[]; at: number; isRefused: boolean };

const CALLS_PX = 3;
const LABEL_PX = 84;

/** Calls in one place as one tick. */
function groupCalls(ticks: readonly CallTick[], x: PlotScale["x"]): CallGroup[] {
  return [false, true].flatMap((isRefused) =>
    mergeNear(
      ticks.filter((tick) => tick.isRefused === isRefused),
      x,
      CALLS_PX,
    ).map((group) => ({ keys: group.map(({ key }) => key), at: group[0]?.at ?? 0, isRefused })),
  );
}

/** On which side of a tick its number has room: not over another tick, nor outside. */
function sideOfLabel(at: number, groups: readonly CallGroup[], { x, left, width }: PlotScale) {
  const here = x(at);
  const isFree = (from: number, to: number) =>
    from > left && to < width && !groups.some((other) => x(other.at) > from && x(other.at) < to);
  if (isFree(here - LABEL_PX, here - 0.5)) return "before";
  return isFree(here + 0.5, here + LABEL_PX) ? "after" : undefined;
}

function Calls({ ticks, scale, heights, chosen }: Place & { ticks: readonly CallTick[] }) {
  const groups = groupCalls(ticks, scale.x);
  return groups.map(({ keys, at, isRefused }) => {
    const count = keys.length;
    const top = heights.calls - (isRefused ? 42 : 24) - Math.min(count - 1, 10) * 2;
    const x = scale.x(at);
    const isChosen = keys.some((key) => key === chosen);
    const side = count > 4 ? sideOfLabel(at, groups, scale) : undefined;
    return (
      <g
        key={keys[0]}
        data-rows={keys.join(" ")}
        className={`call${isRefused ? " refused" : ""}${count > 4 ? " many" : ""}${isChosen ? " chosen" : ""}`}
      >
        <path d={`M${x} ${top}V${heights.calls}`} />
        {isRefused ? <circle cx={x} cy={top} r="3" /> : null}
        {side === undefined ? null : (
          <text className={side} x={side === "after" ? x + 8 : x - 8} y={top + 12}>
            {count} at once
          </text>
        )}
      </g>
    );
  });
}
