import { useState } from "react";
import { useDemoEvents } from "../events/use-demo-events.ts";
import { createPlotScale, spanOf } from "./plot-scale.ts";
import { readTimeline, type Timeline } from "./read-timeline.ts";
import { sayAgo, sayRow } from "./say-row.ts";
import { TimelineKey } from "./timeline-key.tsx";
import { TimelinePlot } from "./timeline-plot.tsx";
import { TimelineTable } from "./timeline-table.tsx";
import { usePlotNow } from "./use-plot-now.ts";
import { useWidth } from "./use-width.ts";
import "./timeline.css";

/** The last minutes of this session, as a drawing or as a table. */
export function TimelineSection() {
  const events = useDemoEvents();
  const nowMs = usePlotNow();
  const [plot, width] = useWidth<HTMLDivElement>();
  const [isTable, setTable] = useState(false);
  const [chosenKey, setChosenKey] = useState<string>();
  const timeline = readTimeline(events, nowMs, spanOf(width));
  const { rows } = timeline;
  const found = rows.findIndex(({ key }) => key === chosenKey);
  const chosenAt = found === -1 ? rows.length - 1 : found;
  const chosen = rows[chosenAt];
  const reading = chosen === undefined ? "" : `${sayAgo(chosen.at, nowMs)} ago. ${sayRow(chosen)}`;
  return (
    <section aria-labelledby="timeline">
      <div className="head">
        <h2 id="timeline">Timeline</h2>
        <p>{sayTotals(timeline)}</p>
        <button type="button" className="btn" onClick={() => setTable(!isTable)}>
          {isTable ? "Show as drawing" : "Read as table"}
        </button>
      </div>
      <div className="plot">
        <div ref={plot} dir="ltr">
          {isTable ? (
            <TimelineTable rows={rows} nowMs={nowMs} />
          ) : (
            <>
              <div className="steps">
                {width === 0 ? null : (
                  <TimelinePlot
                    timeline={timeline}
                    scale={createPlotScale(width, nowMs)}
                    nowMs={nowMs}
                    chosen={found === -1 ? undefined : chosenKey}
                  />
                )}
                <input
                  type="range"
                  aria-label={`Timeline of the last ${sayMinutes(spanOf(width))}: step through it`}
                  aria-valuetext={reading === "" ? "Nothing yet" : reading}
                  min={0}
                  max={Math.max(0, rows.length - 1)}
                  value={Math.max(0, chosenAt)}
                  onChange={(event) => setChosenKey(rows[Number(event.currentTarget.value)]?.key)}
                />
              </div>
              <p className="readout">
                {chosen === undefined ? (
                  "Nothing yet: the next call shows here."
                ) : (
                  <>
                    <b>{sayAgo(chosen.at, nowMs)} ago</b> {sayRow(chosen)}
                  </>
                )}
              </p>
              <TimelineKey />
            </>
          )}
        </div>
      </div>
    </section>
  );
}

function sayTotals({ lives, calls }: Timeline): string {
  const refused = calls.filter(({ isRefused }) => isRefused).length;
  const coats = `${lives.length} ${lives.length === 1 ? "coat" : "coats"}`;
  return `${coats}, ${calls.length} ${calls.length === 1 ? "call" : "calls"}, ${refused} refused`;
}

function sayMinutes(spanMs: number): string {
  const minutes = spanMs / 60_000;
  return minutes === 1 ? "minute" : `${minutes} minutes`;
}
