import { ApiError, useClient } from "@coatcheck/react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Redirect, useLocation } from "wouter";
import { useAfter } from "../../app/use-after.ts";
import { usePageTitle } from "../../app/use-page-title.ts";
import { useBanner } from "../banners/banner-board.tsx";
import { EmptyNotes, NoNote } from "./empty-notes.tsx";
import { NoteEditor } from "./editor/note-editor.tsx";
import type { NoteKeeper } from "./keeping/note-keeper.ts";
import { DeleteAll } from "./list/delete-all.tsx";
import { type ListedNote, NoteList } from "./list/note-list.tsx";
import { isBlank, type Note, noteName } from "./note.ts";
import type { Notebook } from "./keeping/notebook.ts";
import { useOpenNotes } from "./keeping/notebook-context.tsx";
import { SearchField } from "./list/search-field.tsx";
import { whyNoNotes } from "./why-no-notes.ts";
import { isNoNotesService, noteQueryOptions, notesQueryOptions } from "./notes-api.ts";
import { useDeleteNote } from "./use-delete-note.ts";
import { useShortcuts } from "../shortcuts/use-shortcuts.ts";
import { useSearchText } from "./list/use-search-text.ts";
import "./notes-page.css";

export type NotesPageProps = {
  /** What the address calls the note. */
  name: string | undefined;
  /** The session has ended: saving waits. */
  isEnded: boolean;
};

/** The notes: list and editor; on phones two pages. `/` and `/notes/:name`. */
export function NotesPage({ name, isEnded }: NotesPageProps) {
  const client = useClient();
  const queryClient = useQueryClient();
  const notebook = useOpenNotes();
  const [, navigate] = useLocation();
  const search = useSearchText();
  const searchField = useRef<HTMLInputElement>(null);
  const listPane = useRef<HTMLDivElement>(null);
  const list = useInfiniteQuery({
    ...notesQueryOptions(client, search.settled),
    placeholderData: (before) => before,
  });
  const notes = list.data?.pages.flatMap((page) => page.notes) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const [pinned, setPinned] = useState<string>();
  const listed = listNotes(notebook, notes, {
    isLoaded: list.data !== undefined,
    searching: search.settled !== "",
    shown: name ?? pinned,
  });

  // Without a name in the address the first note is shown, and stays while others overtake it.
  const first = listed[0]?.key;
  if (pinned === undefined && first !== undefined && search.settled === "") setPinned(first);
  const wanted = name ?? pinned;
  const one = useWantedNote(notebook, notes, wanted);
  const keeper = one.keeper;
  const [begun, setBegun] = useState<string>();
  const deletion = useDeleteNote(notebook, (text) => open(notebook.begin(text), true));

  usePageTitle(keeper && name !== undefined ? noteName(keeper.get().text) : "Notes");
  const failed = list.isError && !isNoNotesService(list.error);
  useBanner(
    "notes",
    failed && list.error instanceof ApiError && list.data !== undefined
      ? { weight: "signal", fact: "The notes service is not answering.", rest: "What you see may be old." }
      : deletion.failed,
  );

  // A note that was created under a name of this page's gets the server's in the address, too.
  const id = keeper?.get().id;
  useEffect(() => {
    if (name !== undefined && id && name !== id)
      navigate(`/notes/${encodeURIComponent(id)}`, { replace: true });
  }, [name, id, navigate]);

  function open(opened: NoteKeeper, focus: boolean): void {
    const { key } = opened.get();
    if (focus) setBegun(key);
    setPinned(key);
    navigate(`/notes/${encodeURIComponent(opened.get().id ?? key)}`);
  }

  function begin(): void {
    // A new note that nobody has written in yet is as good as another.
    open(notebook.keepers().find(isUnwritten) ?? notebook.begin(), true);
  }

  function remove(gone: NoteKeeper): void {
    const index = listed.findIndex((note) => note.key === gone.get().key);
    const next = listed[index + 1] ?? listed[index - 1];
    setPinned(next?.key);
    setFocusOn(next?.name ?? "");
    navigate("/", { replace: name !== undefined });
    deletion.remove(gone);
  }

  function forgetAll(): void {
    for (const gone of notebook.keepers()) if (gone.get().id !== null) notebook.close(gone);
    setPinned(undefined);
    navigate("/", { replace: name !== undefined });
    void queryClient.resetQueries({ queryKey: notesQueryOptions(client, "").queryKey.slice(0, -2) });
  }

  // What had the focus is gone with the note: the keyboard goes on in the list, where the next note is.
  const [focusOn, setFocusOn] = useState<string>();
  useEffect(() => {
    if (focusOn === undefined) return;
    setFocusOn(undefined);
    const pane = listPane.current;
    const row = pane?.querySelector<HTMLElement>(`a[href="/notes/${encodeURIComponent(focusOn)}"]`);
    (row ?? pane?.querySelector<HTMLElement>(".tools .btn") ?? document.getElementById("page"))?.focus();
  }, [focusOn]);

  useShortcuts({ "/": () => searchField.current?.focus(), n: begin });

  if (isNoNotesService(list.error)) return <Redirect to="/counter" replace />;
  const isEmpty = list.isSuccess && listed.length === 0 && search.settled === "" && !keeper;
  return (
    <div className="notes" data-page={name === undefined ? "list" : "note"} data-empty={isEmpty}>
      {isEmpty ? null : <h1 className="vh">Notes</h1>}
      <div className="list" ref={listPane}>
        <div className="tools">
          <SearchField
            ref={searchField}
            text={search.text}
            placeholder={total === 0 || search.settled !== "" ? "Search" : `Search ${countOf(total)}`}
            onChange={(text) => {
              search.change(text);
              if (text === "") searchField.current?.focus();
            }}
          />
          <button type="button" className="btn main" aria-keyshortcuts="n" onClick={begin}>
            New
          </button>
        </div>
        <div className="scroll">
          <NoteList notes={listed} chosen={keeper?.get().key} q={search.settled} />
          {list.isPending ? list.isPaused ? <LaterOnline what="Your notes come" /> : <Fetching /> : null}
          {failed && list.data === undefined ? (
            <div className="say-so" role="alert">
              <p>{whyNoNotes(list.error)}</p>
              <button type="button" className="btn" onClick={() => void list.refetch()}>
                Try again
              </button>
            </div>
          ) : null}
          {list.isSuccess && search.settled !== "" && listed.length === 0 ? (
            <output className="say-so">No note holds “{search.settled}”.</output>
          ) : null}
          {list.hasNextPage ? (
            <button
              type="button"
              className="btn more"
              aria-disabled={list.isFetchingNextPage}
              onClick={() => {
                if (!list.isFetchingNextPage) void list.fetchNextPage();
              }}
            >
              {list.isFetchingNextPage ? "Fetching" : "Show more"}
            </button>
          ) : null}
        </div>
        {total > 0 ? (
          <p className="count small quiet">
            <output>{search.settled === "" ? countOf(total) : `${countOf(total)} found`}</output>
            {search.settled === "" ? <DeleteAll total={total} onDeleted={forgetAll} /> : null}
          </p>
        ) : null}
      </div>
      {keeper ? (
        <NoteEditor
          key={keeper.get().key}
          keeper={keeper}
          isEnded={isEnded}
          begins={begun === keeper.get().key}
          onDelete={() => remove(keeper)}
          onBeginWith={(text) => void notebook.begin(text)}
        />
      ) : (
        <section className="edit" aria-label="Note">
          {isEmpty ? <EmptyNotes onBegin={begin} /> : null}
          {name !== undefined && one.missing ? <NoNote /> : null}
          {one.isPaused ? <LaterOnline what="This note comes" /> : null}
        </section>
      )}
    </div>
  );
}

function Fetching() {
  return useAfter(400) ? <output className="say-so">Fetching your notes</output> : null;
}

/** Opened offline: only what isn't saved is in this browser. */
function LaterOnline({ what }: { what: string }) {
  return <output className="say-so">{what} when you are online. What you type is kept.</output>;
}

function isUnwritten(keeper: NoteKeeper): boolean {
  const { id, text } = keeper.get();
  return id === null && isBlank(text);
}

/** New notes first, then the server's, each as it is typed just now. Until the server's are there, whatever is open here. */
function listNotes(
  notebook: Notebook,
  notes: readonly Note[],
  { isLoaded, searching, shown }: { isLoaded: boolean; searching: boolean; shown: string | undefined },
): readonly ListedNote[] {
  const fresh = searching
    ? []
    : notebook.keepers().filter(({ get }) => (isLoaded ? get().id === null : true));
  return [
    ...fresh
      .filter((keeper) => !isUnwritten(keeper) || keeper.get().key === shown)
      .map((keeper) => {
        const { key, id, text } = keeper.get();
        return { key, name: id ?? key, text, updatedAt: null };
      }),
    ...notes.map((note) => {
      const open = notebook.find(note.id)?.get();
      return {
        key: open?.key ?? note.id,
        name: note.id,
        text: open?.text ?? note,
        updatedAt: note.updatedAt,
      };
    }),
  ];
}

/** Opens the note that the address names: from the list, or asked for by itself. */
function useWantedNote(notebook: Notebook, notes: readonly Note[], wanted: string | undefined) {
  const client = useClient();
  const known = wanted === undefined ? undefined : notebook.find(wanted);
  const inList = notes.find((note) => note.id === (known?.get().id ?? wanted));
  const ask = wanted !== undefined && !known && !inList && !wanted.startsWith("new-");
  const asked = useQuery({ ...noteQueryOptions(client, wanted ?? ""), enabled: ask });
  const note = inList ?? (ask ? asked.data : undefined);
  useEffect(() => {
    if (note) notebook.open(note);
  }, [notebook, note]);
  return {
    keeper: known,
    isPaused: ask && asked.isPaused,
    missing: wanted !== undefined && !known && !note && (asked.isError || wanted.startsWith("new-")),
  };
}

function countOf(total: number): string {
  return total === 1 ? "1 note" : `${total} notes`;
}
