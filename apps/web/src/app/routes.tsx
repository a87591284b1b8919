import type { SignedInView } from "@coatcheck/contract";
import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { isDemo } from "../features/counter/demo-events.ts";
import { NotesPage } from "../features/notes/notes-page.tsx";
import { LiveTicket } from "../features/ticket/live-ticket.tsx";
import { NotFoundPage } from "./not-found-page.tsx";

const CounterPage = lazy(() => import("../features/counter/counter-page.tsx"));

/** Which page an address shows. */
export function Routes({ view }: { view: SignedInView }) {
  return (
    <Switch>
      <Route path="/counter">
        <Suspense fallback={null}>
          <CounterPage isDemo={isDemo(view)} />
        </Suspense>
        <Side view={view}>
          Numbers on this page are counted by the server. A token never comes this far, not even in part.
        </Side>
      </Route>
      <Route path="/">
        <Notes view={view} />
      </Route>
      <Route path="/notes/:name">{({ name }) => <Notes view={view} name={decodeURIComponent(name)} />}</Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}

function Notes({ view, name }: { view: SignedInView; name?: string }) {
  return (
    <>
      <NotesPage name={name} />
      <Side view={view}>
        The number is yours for this sign-in. The coat is the set of tokens the counter holds for you; it
        changes when they are renewed.
      </Side>
    </>
  );
}

function Side({ view, children }: { view: SignedInView; children: string }) {
  return (
    <aside className="side" aria-label="Ticket">
      <div className="side-stays">
        <LiveTicket view={view} />
        <p className="small quiet">{children}</p>
      </div>
    </aside>
  );
}
