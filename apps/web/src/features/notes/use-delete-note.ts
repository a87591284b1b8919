import { useClient } from "@coatcheck/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { BannerProps } from "../banners/banner.tsx";
import { useToast } from "../toast/toast.tsx";
import type { NoteKeeper } from "./keeping/note-keeper.ts";
import { isBlank, noteName, type NoteText } from "./note.ts";
import type { Notebook } from "./keeping/notebook.ts";
import { deleteNote, notesQueryOptions, takeOutOfLists } from "./notes-api.ts";

/** Deletes a note at once, and offers to take it back: the same text as a new note. */
export function useDeleteNote(notebook: Notebook, onUndo: (text: NoteText) => void) {
  const client = useClient();
  const queryClient = useQueryClient();
  const show = useToast();
  const mutation = useMutation({
    mutationFn: (id: string) => deleteNote(client, id),
    onError: () =>
      queryClient.invalidateQueries({ queryKey: notesQueryOptions(client, "").queryKey.slice(0, -1) }),
  });

  const failed: BannerProps | undefined = mutation.isError
    ? {
        weight: "signal",
        fact: "Not deleted.",
        rest: "The notes service did not take the change. The note is still there.",
      }
    : undefined;

  return {
    failed,
    remove(keeper: NoteKeeper): void {
      const { id, text } = keeper.get();
      notebook.close(keeper);
      if (id !== null) {
        takeOutOfLists(client, queryClient, id);
        mutation.mutate(id);
      }
      if (isBlank(text)) return;
      show({ text: `Deleted “${noteName(text)}”`, action: { name: "Undo", run: () => onUndo(text) } });
    },
  };
}
