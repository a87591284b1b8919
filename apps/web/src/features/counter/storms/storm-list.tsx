import { useId, useRef } from "react";
import { ExperimentRow } from "../experiments/experiment-row.tsx";
import { ENDS_WHILE_TYPING } from "./ends-while-typing.ts";
import { STORMS } from "./storms.ts";
import { useStormPorts } from "./use-storm-ports.ts";

/** The storms, each a row with what to expect, what was measured in this run, and its button. */
export function StormList() {
  const text = useRef<HTMLTextAreaElement>(null);
  const createPorts = useStormPorts(text);
  const label = useId();
  return (
    <ul className="try">
      {STORMS.map((storm) => (
        <ExperimentRow key={storm.id} experiment={storm} createPorts={createPorts}>
          {storm === ENDS_WHILE_TYPING ? (
            <p className="typing">
              <label htmlFor={label}>Something that must not be lost</label>
              <textarea id={label} ref={text} rows={2} />
            </p>
          ) : null}
        </ExperimentRow>
      ))}
    </ul>
  );
}
