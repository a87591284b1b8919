import type { CoatcheckError } from "@coatcheck/client";
import { useClient } from "@coatcheck/react";
import { Mark } from "./mark.tsx";
import { isTooManyCookies, TOO_MANY_COOKIES } from "./too-many-cookies.ts";
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
export function CounterAway({ error }: { error: CoatcheckError | undefined }) {
  const client = useClient();
  const online = useOnline();
  const { fact, rest, title } = online ? (isTooManyCookies(error) ? TOO_MANY_COOKIES : AWAY) : OFFLINE;
  usePageTitle(title);
  return (
    <main className="plain">
      <Mark />
      <h1>{fact}</h1>
      <p>{rest}</p>
      <button type="button" className="btn" onClick={() => void client.session.check()}>
        Try again
      </button>
    </main>
  );
}

const AWAY = { title: "Not answering", fact: "The counter is not answering.", rest: "We keep trying." };
const OFFLINE = {
  title: "Not answering",
  fact: "You are offline.",
  rest: "This page goes on when you are back.",
};
