import { useClient } from "@coatcheck/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { noteFilesQueryOptions, removeFile } from "./files-api.ts";
import { fileAddress, isPicture, sizeInWords, type NoteFile } from "./note-file.ts";
import { UploadRow } from "./upload-row.tsx";
import { useUploads } from "./use-uploads.ts";
import "./note-files.css";

/** What hangs on a note: pictures as such, other files by name, and those that are on their way. */
export default function NoteFiles({ noteId }: { noteId: string }) {
  const client = useClient();
  const queryClient = useQueryClient();
  const options = noteFilesQueryOptions(client, noteId);
  const { data: files = [] } = useQuery(options);
  const uploads = useUploads(noteId);
  const picker = useRef<HTMLInputElement>(null);
  const removal = useMutation({
    mutationFn: (file: NoteFile) => removeFile(client, file),
    onSettled: () => queryClient.invalidateQueries(options),
  });
  return (
    <section className="files" aria-label="Files">
      {files.length + uploads.pending.length > 0 ? (
        <ul>
          {files.map((file) => (
            <li key={file.id}>
              {isPicture(file) ? <img src={fileAddress(file)} alt={file.name} loading="lazy" /> : null}
              <a className="name" href={fileAddress(file)} download={file.name}>
                {file.name}
              </a>
              <span className="quiet">{sizeInWords(file.bytes)}</span>
              <button
                type="button"
                className="link"
                aria-label={`Remove ${file.name}`}
                onClick={() => removal.mutate(file)}
              >
                Remove
              </button>
            </li>
          ))}
          {uploads.pending.map((pending) => (
            <UploadRow
              key={pending.upload.key}
              {...pending}
              onSendAgain={uploads.sendAgain}
              onGiveUp={uploads.giveUp}
            />
          ))}
        </ul>
      ) : null}
      {removal.isError ? (
        <p className="sorry" role="alert">
          Not removed: the notes service did not take the change.
        </p>
      ) : null}
      <button type="button" className="btn bare" onClick={() => picker.current?.click()}>
        Attach a file
      </button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={({ target }) => {
          for (const file of target.files ?? []) uploads.start(file);
          // Choosing the same file again is a change, too.
          target.value = "";
        }}
      />
    </section>
  );
}
