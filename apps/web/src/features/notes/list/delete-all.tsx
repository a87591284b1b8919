import { useClient } from "@coatcheck/react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useBanner } from "../../banners/banner-board.tsx";
import type { BannerProps } from "../../banners/banner.tsx";
import { ModalDialog } from "../../shortcuts/modal-dialog.tsx";
import { deleteAllNotes } from "../notes-api.ts";

const NOT_DELETED: BannerProps = {
  weight: "signal",
  fact: "Nothing was deleted.",
  rest: "Deleting all notes needs a sign-in from just now.",
};

export type DeleteAllProps = { total: number; onDeleted: () => void };

/** Deletes all notes: asks first, and the notes service wants a recent sign-in, since nothing brings them back. */
export function DeleteAll({ total, onDeleted }: DeleteAllProps) {
  const client = useClient();
  const [isAsking, setAsking] = useState(false);
  const deletion = useMutation({ mutationFn: () => deleteAllNotes(client), onSuccess: onDeleted });
  const close = () => setAsking(false);
  useBanner("delete all", deletion.isError ? NOT_DELETED : undefined);
  return (
    <>
      <button
        type="button"
        className="link"
        aria-disabled={deletion.isPending}
        onClick={() => setAsking(!deletion.isPending)}
      >
        {deletion.isPending ? "Deleting all" : "Delete all"}
      </button>
      {isAsking ? (
        <ModalDialog className="keys" aria-label="Delete all notes" onClose={close}>
          <div className="delete-all">
            <h2>{total === 1 ? "Delete your note?" : `Delete all ${total} notes?`}</h2>
            <p>Nothing brings them back. If you signed in a while ago, you are asked to once more.</p>
            <p className="ways">
              <button
                type="button"
                className="btn main"
                onClick={() => {
                  close();
                  deletion.mutate();
                }}
              >
                Delete all notes
              </button>
              <button type="button" className="btn" onClick={close}>
                Keep them
              </button>
            </p>
          </div>
        </ModalDialog>
      ) : null}
    </>
  );
}
