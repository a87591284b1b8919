import { useId } from "react";
import type { Move, MoveResult } from "./moves.ts";
import { useMove } from "./use-move.ts";

/** A move: what it does and what to expect, what happened, and the button. */
export function MoveRow({ move, isDemo }: { move: Move; isDemo: boolean }) {
  const heading = useId();
  const { result, isRunning, progress, run } = useMove(move, isDemo);
  return (
    <li aria-labelledby={heading}>
      <div>
        <h3 id={heading}>{move.name}</h3>
        <p>{move.expectation}</p>
      </div>
      <output className={`got ${result?.tone ?? "none"}`} aria-label={`Result of ${move.name}`}>
        <Result result={result} />
      </output>
      <button
        type="button"
        className={isRunning ? "btn run" : "btn"}
        aria-disabled={isRunning}
        aria-label={`${isRunning ? "Running" : "Run"} ${move.name}`}
        onClick={run}
      >
        {isRunning ? "Running" : "Run"}
        {isRunning ? <i style={{ inlineSize: `${progress * 100}%` }} /> : null}
      </button>
    </li>
  );
}

function Result({ result }: { result: MoveResult | undefined }) {
  if (result === undefined) return "Not run yet.";
  return (
    <>
      <strong>{result.fact}</strong>
      {result.rest}
      {result.detail === undefined || result.detail === "" ? null : <small>{result.detail}</small>}
    </>
  );
}
