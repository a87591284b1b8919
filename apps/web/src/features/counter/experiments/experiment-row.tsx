import { useIsMutating } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import type { Experiment, ExperimentResult, OnProgress } from "./experiment.ts";
import { EXPERIMENT, useExperiment } from "./use-experiment.ts";

export type ExperimentRowProps<Ports> = {
  experiment: Experiment<Ports>;
  createPorts: (onProgress: OnProgress) => Ports;
  /** What it needs on the page beside the button. */
  children?: ReactNode;
};

/** An experiment: what it does and what to expect, what happened, and the button. Of several, one runs at a time. */
export function ExperimentRow<Ports>({ experiment, createPorts, children }: ExperimentRowProps<Ports>) {
  const heading = useId();
  const { name } = experiment;
  const { result, isRunning, progress, run } = useExperiment(experiment, createPorts);
  const isBlocked = useIsMutating({ mutationKey: EXPERIMENT }) > 0 && !isRunning;
  return (
    <li aria-labelledby={heading}>
      <div>
        <h3 id={heading}>{name}</h3>
        <p>{experiment.expectation}</p>
        {children}
      </div>
      <output
        className={`got ${isRunning ? "none" : (result?.tone ?? "none")}`}
        aria-label={`Result of ${name}`}
        aria-live={isRunning ? "off" : "polite"}
      >
        {isRunning ? `Running. ${progress.words ?? ""}`.trim() : <Result result={result} />}
      </output>
      <button
        type="button"
        className={isRunning ? "btn run" : "btn"}
        aria-disabled={isRunning || isBlocked}
        aria-label={`${isRunning ? "Running" : "Run"} ${name}`}
        onClick={() => {
          if (!isBlocked) run();
        }}
      >
        {isRunning ? "Running" : "Run"}
        {isRunning ? <i style={{ inlineSize: `${progress.done * 100}%` }} /> : null}
      </button>
    </li>
  );
}

function Result({ result }: { result: ExperimentResult | undefined }) {
  if (result === undefined) return "Not run yet.";
  return (
    <>
      <strong>{result.fact}</strong>
      {result.rest}
      {result.detail === undefined || result.detail === "" ? null : <small>{result.detail}</small>}
    </>
  );
}
