import type { WaitingCall } from "@coatcheck/client";
import { useWaitingCalls } from "@coatcheck/react";
import { noteName } from "../notes/note.ts";
import { useNoteDrafts } from "../notes/keeping/notebook-context.tsx";

const MOST_LINES = 3;

/** Line by line: what is kept, what goes on by itself after the sign-in, what asks first. */
export function KeptLines() {
  const { drafts } = useNoteDrafts();
  const waiting = useWaitingCalls();
  const kept = drafts.all().map(({ key, value }) => ({ key, what: noteName(value.text) }));
  const where = drafts.isDurable() ? "draft kept" : "kept in this tab";
  const writes = waiting.filter((call) => !isRead(call)).length;
  const reads = waiting.length - writes;
  if (kept.length + waiting.length === 0) return null;
  return (
    <ul className="kept">
      {kept.slice(0, MOST_LINES).map(({ key, what }) => (
        <Line key={key} what={what} becomes={where} isName />
      ))}
      {kept.length > MOST_LINES ? (
        <Line what={`${kept.length - MOST_LINES} more notes`} becomes="drafts kept" />
      ) : null}
      {writes > 0 ? (
        <Line what={writes === 1 ? "Saving" : `${writes} changes`} becomes="goes on by itself" />
      ) : null}
      {reads > 0 ? <Line what="Reading" becomes="goes on by itself" /> : null}
    </ul>
  );
}

function Line({ what, becomes, isName = false }: { what: string; becomes: string; isName?: boolean }) {
  return (
    <li>
      {isName ? <b>{what}</b> : <span>{what}</span>}
      <span className="quiet">{becomes}</span>
    </li>
  );
}

function isRead({ method }: WaitingCall): boolean {
  return method === "GET" || method === "HEAD";
}
