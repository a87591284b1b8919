import { schema as s, sessionViewSchema, signInOutcomeSchema, type Infer } from "@coatcheck/contract";

const messageSchema = s.union(
  /** What the server said, to whichever tab asked. `sentAt` and `receivedAt` are by the browser's clock, in ms. */
  s.object({
    kind: s.oneOf("answer"),
    sentAt: s.number,
    receivedAt: s.number,
    view: sessionViewSchema,
  }),
  /** The person signed out in that tab: no answer to an earlier request counts any more. */
  s.object({ kind: s.oneOf("signed_out"), at: s.number }),
  /** A tab leaves for the provider's page, or has opened it in a window. */
  s.object({ kind: s.oneOf("sign_in_begun") }),
  /** A sign-in came back without a session. */
  s.object({ kind: s.oneOf("sign_in_failed"), outcome: signInOutcomeSchema }),
);

/** What tabs of one browser tell one another. */
export type TabMessage = Infer<typeof messageSchema>;

/** The tabs of one browser, by BroadcastChannel; without it, nothing is sent or heard. */
export interface TabChannel {
  /** Outside of `open` ... its end nothing is sent or heard. */
  open(): () => void;
  /** Whether there may be other tabs to hear from. */
  isOpen(): boolean;
  send(message: TabMessage): void;
  /** Hears what other tabs tell. */
  hear(listener: (message: TabMessage) => void): () => void;
}

export function createTabChannel(name: string): TabChannel {
  const listeners = new Set<(message: TabMessage) => void>();
  let channel: BroadcastChannel | undefined;

  return {
    open() {
      if (typeof BroadcastChannel === "undefined") return () => {};
      const opened = new BroadcastChannel(name);
      channel = opened;
      opened.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        // A tab may run an older or newer version of this page.
        const parsed = messageSchema.safeParse(data);
        if (parsed.success) for (const listener of listeners) listener(parsed.data);
      });
      return () => {
        opened.close();
        if (channel === opened) channel = undefined;
      };
    },
    isOpen: () => channel !== undefined,
    send(message) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target: it is of one origin
      channel?.postMessage(message);
    },
    hear(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
