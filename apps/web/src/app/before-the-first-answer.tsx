import { useClient } from "@coatcheck/react";
import { Mark } from "./mark.tsx";
import { useAfter } from "./use-after.ts";
import { useOnline } from "./use-online.ts";
import { usePageTitle } from "./use-page-title.ts";
import "./plain-page.css";

/** Before the server has said who is there. */
export function Waiting() {
  const late = useAfter(400);
  return (
    <main className="plain" aria-busy="true">
      <Mark />
      <output className="quiet">{late ? "Asking at the counter" : ""}</output>
    </main>
  );
}

/** Where the server didn't answer the first question; the client keeps asking by itself. */
export function CounterAway() {
  usePageTitle("Not answering");
  const client = useClient();
  const online = useOnline();
  return (
    <main className="plain">
      <Mark />
      <h1>{online ? "The counter is not answering." : "You are offline."}</h1>
      <p>{online ? "We keep trying." : "This page goes on when you are back."}</p>
      <button type="button" className="btn" onClick={() => void client.session.check()}>
        Try again
      </button>
    </main>
  );
}
