import { retryDelay, shouldRetry, useClient, personQueryKey } from "@coatcheck/react";
import { useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import type { NoteFile } from "./note-file.ts";
import { noteFilesQueryOptions, sendUpload, type Upload } from "./files-api.ts";

/** An upload that isn't done, as the page shows it. */
export type PendingUpload = {
  upload: Upload;
  error: Error | null;
  /** Nobody can take it just now: it goes on by itself when the browser is online. */
  isPaused: boolean;
};

/**
 * The uploads of a note: they go on while another note is shown, and wait for the network and for a sign-in. One that was
 * refused stays until it is sent again or given up.
 */
export function useUploads(noteId: string) {
  const client = useClient();
  const queryClient = useQueryClient();
  const options = noteFilesQueryOptions(client, noteId);
  const mutationKey = ["upload", noteId];
  const { mutate } = useMutation<NoteFile, Error, Upload>({
    mutationKey,
    // The first try also where the browser believes to be offline; further ones when it is back.
    networkMode: "offlineFirst",
    retry: shouldRetry,
    retryDelay,
    mutationFn: (upload) =>
      sendUpload(client, upload, (progress) =>
        queryClient.setQueryData(progressKey(client, upload.key), progress),
      ),
    onSuccess: (file) => {
      queryClient.setQueryData(options.queryKey, (files: readonly NoteFile[] = []) => [
        ...files.filter(({ id }) => id !== file.id),
        file,
      ]);
      // Not awaited: where the session has ended, the question for the list waits for the sign-in, and the upload is done.
      void queryClient.invalidateQueries({ queryKey: options.queryKey });
    },
  });
  const pending = useMutationState<PendingUpload | undefined>({
    filters: { mutationKey, predicate: ({ state }) => state.status !== "success" },
    select: ({ state }) => {
      const upload = state.variables as Upload | undefined;
      return upload && { upload, error: state.error, isPaused: state.isPaused };
    },
  });

  function giveUp({ key }: Upload): void {
    const cache = queryClient.getMutationCache();
    for (const mutation of cache.findAll({ mutationKey, status: "error" }))
      if ((mutation.state.variables as Upload).key === key) cache.remove(mutation);
  }

  return {
    pending: pending.filter((one) => one !== undefined),
    start: (file: File) => mutate({ key: crypto.randomUUID(), noteId, file }),
    giveUp,
    sendAgain: (upload: Upload) => {
      giveUp(upload);
      mutate(upload);
    },
  };
}

/** Where the cache has how far an upload is. */
export function progressKey(client: Parameters<typeof personQueryKey>[0], key: string) {
  return personQueryKey(client, "upload", key);
}
