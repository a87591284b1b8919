import { CoatcheckError } from "@coatcheck/client";
import type { UploadProgress } from "@coatcheck/client/upload";
import { ApiError, useClient, useWaitingCalls } from "@coatcheck/react";
import { skipToken, useQuery } from "@tanstack/react-query";
import { uploadAddress, type Upload } from "./files-api.ts";
import { sizeInWords } from "./note-file.ts";
import { progressKey, type PendingUpload } from "./use-uploads.ts";

export type UploadRowProps = PendingUpload & {
  onSendAgain: (upload: Upload) => void;
  onGiveUp: (upload: Upload) => void;
};

/** A file on its way: how far it is, what it waits for, or why it wasn't taken. */
export function UploadRow({ upload, error, isPaused, onSendAgain, onGiveUp }: UploadRowProps) {
  const client = useClient();
  const waiting = useWaitingCalls();
  const { data: progress } = useQuery<UploadProgress>({
    queryKey: progressKey(client, upload.key),
    queryFn: skipToken,
  });
  const { name, size } = upload.file;
  const total = Math.max(1, progress?.total ?? size);
  const sent = Math.min(total, progress?.sent ?? 0);
  const address = new URL(uploadAddress(upload), document.baseURI).href;
  const waits = waiting.some(({ url }) => url === address);
  if (error) {
    return (
      <li>
        <span className="name">{name}</span>
        <span className="sorry" role="alert">
          Not uploaded: {whyNot(error)}
        </span>
        <button type="button" className="link" onClick={() => onSendAgain(upload)}>
          Try again
        </button>
        <button type="button" className="link" onClick={() => onGiveUp(upload)}>
          Leave it
        </button>
      </li>
    );
  }
  return (
    <li>
      <span className="name">{name}</span>
      {waits || isPaused ? (
        <output className="quiet">{waits ? "Waits until you sign in" : "Waits until you are online"}</output>
      ) : (
        <>
          <progress aria-label={`Uploading ${name}`} value={sent} max={total} />
          <span className="quiet">
            {sizeInWords(sent)} of {sizeInWords(total)}
          </span>
        </>
      )}
    </li>
  );
}

function whyNot(error: Error): string {
  const status = error instanceof ApiError || error instanceof CoatcheckError ? error.status : undefined;
  if (status === 413) return "it is larger than 10 MB.";
  if (status === 404) return "the note is gone.";
  if (error instanceof CoatcheckError && error.code === "network") return "the counter did not answer.";
  return "the notes service did not take it.";
}
