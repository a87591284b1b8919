import { usePageTitle } from "../../app/use-page-title.ts";
import { MoveRow } from "./move-row.tsx";
import { MOVES } from "./moves.ts";
import "./counter.css";

/** The thing a developer reads: what the server does for this browser, measured. */
export default function CounterPage({ isDemo }: { isDemo: boolean }) {
  usePageTitle("Counter");
  const moves = MOVES.filter((move) => isDemo || move.needsDemo !== true);
  return (
    <div className="counter">
      <h1>The counter</h1>
      <p className="lede">
        What the server does for this browser, one call at a time. Everything here is measured in this run.
      </p>
      <section aria-labelledby="moves">
        <div className="head">
          <h2 id="moves">{moves.length === 4 ? "The four moves" : "The moves"}</h2>
          <p>Each says what to expect, then what happened.</p>
        </div>
        <ul className="try">
          {moves.map((move) => (
            <MoveRow key={move.id} move={move} isDemo={isDemo} />
          ))}
        </ul>
      </section>
    </div>
  );
}
