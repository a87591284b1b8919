import { usePageTitle } from "../../app/use-page-title.ts";
import { ExperimentRow } from "./experiments/experiment-row.tsx";
import { HoodSection } from "./hood/hood-section.tsx";
import { MOVES } from "./moves/moves.ts";
import { useMovePorts } from "./moves/use-move-ports.ts";
import { SideBySideSection } from "./side-by-side/side-by-side-section.tsx";
import { StormList } from "./storms/storm-list.tsx";
import { TimelineSection } from "./timeline/timeline-section.tsx";
import "./counter.css";

/** The thing a developer reads: what the server does for this browser, measured. */
export default function CounterPage({ isDemo }: { isDemo: boolean }) {
  usePageTitle("Counter");
  const moves = MOVES.filter((move) => isDemo || move.needsDemo !== true);
  const createPorts = useMovePorts(isDemo);
  return (
    <div className="counter">
      <h1>The counter</h1>
      <p className="lede">
        {isDemo
          ? "What the server did for this browser in the last minutes, and what you can do to it. Everything here is measured in this run."
          : "What the server does for this browser, one call at a time. Everything here is measured in this run."}
      </p>
      {isDemo ? (
        <>
          <TimelineSection />
          <HoodSection />
        </>
      ) : null}
      <section aria-labelledby="moves">
        <div className="head">
          <h2 id="moves">{moves.length === 4 ? "The four moves" : "The moves"}</h2>
          <p>Each says what to expect, then what happened.</p>
        </div>
        <ul className="try">
          {moves.map((move) => (
            <ExperimentRow key={move.id} experiment={move} createPorts={createPorts} />
          ))}
        </ul>
      </section>
      {isDemo ? (
        <>
          <section aria-labelledby="storms">
            <div className="head">
              <h2 id="storms">Storms</h2>
              <p>Break the provider on purpose. Your session should not notice.</p>
            </div>
            <StormList />
          </section>
          <SideBySideSection />
        </>
      ) : null}
    </div>
  );
}
