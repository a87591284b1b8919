import type { SignedInView } from "@coatcheck/contract";
import type { ReactNode } from "react";
import { Route, Switch } from "wouter";
import { CounterContents } from "../features/counter/contents.tsx";
import { isDemo } from "../features/counter/is-demo.ts";
import { NotesPage } from "../features/notes/notes-page.tsx";
import { LiveTicket } from "../features/ticket/live-ticket.tsx";
import { loadPart } from "./load-part.tsx";
import { NotFoundPage } from "./not-found-page.tsx";

const CounterPage = loadPart(() => import("../features/counter/counter-page.tsx"));

export type RoutesProps = {
  view: SignedInView;
  /** The session has ended: the ticket is torn, and saving waits. */
  isEnded: boolean;
};

/** Which page an address shows. */
export function Routes({ view, isEnded }: RoutesProps) {
  return (
    <Switch>
      <Route path="/counter">
        <CounterPage isDemo={isDemo(view)} />
        <Side view={view} isEnded={isEnded} contents={isDemo(view) ? <CounterContents /> : null}>
          Numbers on this page are counted by the server. A token never comes this far, not even in part.
        </Side>
      </Route>
      <Route path="/">
        <Notes view={view} isEnded={isEnded} />
      </Route>
      <Route path="/notes/:name">
        {({ name }) => <Notes view={view} isEnded={isEnded} name={decodeURIComponent(name)} />}
      </Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}

function Notes({ view, isEnded, name }: RoutesProps & { name?: string }) {
  return (
    <>
      <NotesPage name={name} isEnded={isEnded} />
      <Side view={view} isEnded={isEnded}>
        The number is yours for this sign-in. The coat is the set of tokens the counter holds for you; it
        changes when they are renewed.
      </Side>
    </>
  );
}

function Side({
  view,
  isEnded,
  contents,
  children,
}: RoutesProps & { contents?: ReactNode; children: string }) {
  return (
    <aside className="side" aria-label="Ticket">
      <div className="side-stays">
        <LiveTicket view={view} isEnded={isEnded} />
        <p className="small quiet">{children}</p>
        {contents}
      </div>
    </aside>
  );
}
