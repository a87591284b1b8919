import type { BodyStream } from "../http-message.ts";
import { iterateBody } from "../iterate-body.ts";
import type { Deadline } from "../start-timer.ts";

/** What governs the body of an answer on its way to the client. */
export interface DownloadControl {
  /** Runs only while the upstream is waited for: a slow client is no fault of the upstream's. */
  readonly deadline: Deadline;
  /** `none`: the upstream may stay silent for as long as its connection lives. */
  readonly idleTimeoutMs: number | "none";
  /** Gives the error that the client's body ends with. */
  readonly describe: (cause: unknown) => Error;
  /** Called once, when the body has ended, failed or been given up. */
  readonly onClose: (isComplete: boolean) => void;
}

/** Passes the body of an answer on, unbuffered; giving it up ends the upstream call. */
export function createDownload(body: BodyStream, control: DownloadControl): AsyncIterable<Uint8Array> {
  const source = iterateBody(body);
  let isOpen = true;
  function close(isComplete: boolean): void {
    control.deadline.clear();
    if (!isOpen) return;
    isOpen = false;
    control.onClose(isComplete);
  }
  // An object and not a generator: a generator that was never started wouldn't notice that it is given up.
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        if (!isOpen) return { done: true, value: undefined };
        if (control.idleTimeoutMs !== "none") control.deadline.set(control.idleTimeoutMs);
        try {
          const result = await source.next();
          control.deadline.clear();
          if (result.done === true) close(true);
          return result;
        } catch (error) {
          // Before it is closed, which ends the call from our side, too.
          const described = control.describe(error);
          close(false);
          throw described;
        }
      },
      return: () => {
        close(false);
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
