import { isSignedIn } from "@coatcheck/client";
import { useClient, useKnownSession } from "@coatcheck/react";
import { useIsMutating, useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { readingUrl } from "../../reading/reading.ts";
import { EXPERIMENT } from "../experiments/use-experiment.ts";
import { HoldingsList } from "./holdings-list.tsx";
import { STATIONS } from "./stations.ts";
import { watchCall, type WatchedCall } from "./watch-call.ts";
import { WatchedCallView } from "./watched-call-view.tsx";
import "./hood.css";

/** What the browser holds, and what happens to one call on its way. */
export function HoodSection() {
  const client = useClient();
  const session = useKnownSession();
  const ticket = session !== undefined && isSignedIn(session) ? session.ticket : "";
  // The last one stays while the next is under way.
  const [data, setData] = useState<WatchedCall>();
  const { isError, mutate } = useMutation({
    mutationKey: [...EXPERIMENT, "watch-call"],
    mutationFn: (isExpired: boolean) => watchCall(client, isExpired),
    onSuccess: setData,
  });
  useEffect(() => mutate(false), [mutate]);
  const isBusy = useIsMutating({ mutationKey: EXPERIMENT }) > 0 || ticket === "";
  return (
    <section aria-labelledby="hood">
      <div className="head">
        <h2 id="hood">Under the hood</h2>
        <p>Names and sizes, never a value.</p>
      </div>
      <div className="plot">
        <h3>What this browser holds</h3>
        <HoldingsList />
      </div>
      <div className="plot hood-call">
        <div className="hood-head">
          <h3>One call, from post to post</h3>
          {[false, true].map((isExpired) => (
            <button
              key={String(isExpired)}
              type="button"
              className="btn"
              aria-label={isExpired ? "Send one on an expired token" : undefined}
              aria-disabled={isBusy}
              onClick={() => {
                if (!isBusy) mutate(isExpired);
              }}
            >
              {isExpired ? "On an expired token" : "Send one"}
            </button>
          ))}
        </div>
        <output aria-label="The call">
          {data === undefined ? (
            isError ? (
              "The call did not come back."
            ) : (
              "Sending one."
            )
          ) : (
            <WatchedCallView call={data} ticket={ticket} />
          )}
        </output>
      </div>
      <ol className="stations" aria-label="Stations of a call">
        {STATIONS.map(({ name, does, code, docs }) => (
          <li key={name}>
            <h3>{name}</h3>
            <p>{does}</p>
            <p className="links">
              <a href={readingUrl(code)} aria-label={`Code of ${name}`}>
                Code
              </a>
              <a href={readingUrl(docs)} aria-label={`Docs of ${name}`}>
                Docs
              </a>
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
