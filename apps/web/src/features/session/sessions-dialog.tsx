import { createOwnSessions, type ListedSessionView } from "@coatcheck/client/sessions";
import { useClient } from "@coatcheck/react";
import { ownSessionsQueryOptions } from "@coatcheck/react/sessions";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { ModalDialog } from "../shortcuts/modal-dialog.tsx";
import { timeAndDay } from "../ticket/clock-time.ts";
import { SignOutProgress, UnsavedQuestion } from "./sign-out-progress.tsx";
import { useSignOut } from "./use-sign-out.ts";
import "./sessions-dialog.css";

/** How often the list is asked for while it is open: other browsers come and go. */
const LOOK_MS = 10_000;
/** Uses are noted within some minutes. */
const JUST_NOW_MS = 300_000;

/** Where the person is signed in, with a way to end each, and all of them. */
export default function SessionsDialog({ onClose }: { onClose: () => void }) {
  const id = useId();
  const client = useClient();
  const queryClient = useQueryClient();
  const heading = useRef<HTMLHeadingElement>(null);
  const signOut = useSignOut();
  const options = ownSessionsQueryOptions(client);
  const list = useQuery({ ...options, staleTime: 0, refetchInterval: LOOK_MS });
  const ending = useMutation({
    mutationFn: (session: ListedSessionView) => createOwnSessions(client).end(session.id),
    onSuccess(left) {
      queryClient.setQueryData(options.queryKey, left);
      // The button that had the focus is gone with its row.
      heading.current?.focus();
    },
  });
  return (
    <ModalDialog className="own-sessions" aria-labelledby={id} onClose={onClose}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        Your sessions
      </h2>
      {signOut.unsaved > 0 ? (
        <UnsavedQuestion signOut={signOut} />
      ) : (
        <>
          <p className="says">
            Every browser in which you are signed in. One that you sign out here is out within a second.
          </p>
          {list.data ? (
            <ul>
              {list.data.sessions.toSorted(ownFirst).map((session) => (
                <Row
                  key={session.id}
                  session={session}
                  now={list.data.now}
                  isEnding={ending.isPending && ending.variables.id === session.id}
                  onEnd={() => ending.isPending || ending.mutate(session)}
                />
              ))}
            </ul>
          ) : (
            <p className="quiet">{list.isError ? "The counter did not answer." : "Fetching your sessions"}</p>
          )}
          <output className={ending.isError ? "sorry" : "quiet"}>
            {ending.isError ? "Not signed out there: the counter did not answer." : null}
            {ending.isSuccess ? `Signed out: ticket ${ending.variables.ticket}.` : null}
          </output>
          <SignOutProgress signOut={signOut} />
          <p className="ways">
            <button type="button" className="btn" onClick={() => signOut.run({ everywhere: true })}>
              Sign out everywhere
            </button>
            {list.isError ? (
              <button type="button" className="btn" onClick={() => void list.refetch()}>
                Try again
              </button>
            ) : null}
            <button type="button" className="btn bare" onClick={onClose}>
              Close
            </button>
          </p>
        </>
      )}
    </ModalDialog>
  );
}

type RowProps = { session: ListedSessionView; now: number; isEnding: boolean; onEnd: () => void };

function Row({ session, now, isEnding, onEnd }: RowProps) {
  const { browser, system, ticket, signedInAt, lastUsedAt, isCurrent } = session;
  const isFresh = now - lastUsedAt < JUST_NOW_MS;
  const used = isCurrent
    ? "in use now"
    : isFresh
      ? "used just now"
      : `last used ${timeAndDay(lastUsedAt, now)}`;
  return (
    <li>
      <div>
        <b>{nameOf(browser, system)}</b>
        <span className="small quiet">
          Ticket {ticket}, since {timeAndDay(signedInAt, now)}, {used}
        </span>
      </div>
      {isCurrent ? (
        <span className="quiet here">This browser</span>
      ) : (
        <button
          type="button"
          className="btn"
          aria-disabled={isEnding}
          aria-label={`Sign out ticket ${ticket}, ${nameOf(browser, system)}`}
          onClick={onEnd}
        >
          {isEnding ? "Signing out" : "Sign out"}
        </button>
      )}
    </li>
  );
}

function ownFirst(a: ListedSessionView, b: ListedSessionView): number {
  return Number(b.isCurrent) - Number(a.isCurrent);
}

function nameOf(browser: string, system: string): string {
  const name = browser === "Other" ? "A browser" : browser;
  return system === "Other" ? name : `${name} on ${system}`;
}
