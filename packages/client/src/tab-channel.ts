/** What tabs tell each other: that the person signed out, or whose session the teller has (`""`: nobody's). */
export interface TabListener {
  onSignedOut(): void;
  onSession(identity: string): void;
}

/** The tabs of one browser, by BroadcastChannel. Outside of `open` ... `close` nothing is sent or heard. */
export interface TabChannel {
  open(listener: TabListener): () => void;
  tellSignedOut(): void;
  /** Tells the others unless they were the ones who told us. */
  tellSession(identity: string): void;
}

const SIGNED_OUT = "signed_out";
const SESSION = "session ";

export function createTabChannel(name: string): TabChannel {
  let channel: BroadcastChannel | undefined;
  // Without this, two tabs would tell each other the same thing for ever.
  let agreed = "";

  function post(message: string): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target: it is of one origin
    channel?.postMessage(message);
  }

  return {
    open(listener) {
      if (typeof BroadcastChannel === "undefined") return () => {};
      const opened = new BroadcastChannel(name);
      channel = opened;
      opened.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        if (data === SIGNED_OUT) {
          agreed = "";
          listener.onSignedOut();
        } else if (typeof data === "string" && data.startsWith(SESSION)) {
          agreed = data.slice(SESSION.length);
          listener.onSession(agreed);
        }
      });
      return () => {
        opened.close();
        if (channel === opened) channel = undefined;
      };
    },
    tellSignedOut() {
      agreed = "";
      post(SIGNED_OUT);
    },
    tellSession(identity) {
      if (identity === agreed) return;
      agreed = identity;
      post(SESSION + identity);
    },
  };
}
