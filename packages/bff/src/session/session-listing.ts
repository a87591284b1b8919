import type { SessionListView } from "@coatcheck/contract";
import type { ListedSession, SessionList } from "@coatcheck/tokens";
import type { Core } from "../parts.ts";
import type { OfProvider } from "../providers/sign-in-provider.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { browserFamily } from "../request/browser-family.ts";
import { sessionRef } from "./session-value.ts";
import type { OwnedRef, SessionValue } from "./session-value.ts";

type SeenBy = Pick<BffRequest, "headers" | "arrivedAt">;

/** Keeps the list of a person's sessions, where configuration wants one; else does nothing. */
export interface SessionListing {
  readonly isOn: boolean;
  /** The list of a provider's people; `undefined` where there is none. */
  of(owned: OfProvider): SessionList | undefined;
  /** Resolves when it is noted that a session is in use; rarely asks the ledger. Never rejects. */
  note(value: SessionValue, request: SeenBy): Promise<void>;
  /** The same, beside the request. */
  noteLater(value: SessionValue, request: SeenBy): void;
  /** Takes an ended one off the list, beside the request. */
  forgetLater(session: OwnedRef): void;
}

export function createSessionListing({
  settings,
  providers,
  fingerprints,
  background,
}: Pick<Core, "settings" | "providers" | "fingerprints" | "background">): SessionListing {
  function of(owned: OfProvider): SessionList | undefined {
    return settings.isListed ? providers.of(owned).keeper.sessionList : undefined;
  }

  async function note(value: SessionValue, { headers, arrivedAt }: SeenBy): Promise<void> {
    const list = of(value);
    if (list === undefined) return;
    // No address: where somebody is can be told from one.
    const labels = {
      ...browserFamily(headers.get("user-agent")),
      ticket: await fingerprints.ticket(value.sid),
    };
    const { createdAt: signedInAt, touchedAt: usedAt } = value;
    await list.note({ session: sessionRef(value, arrivedAt), signedInAt, usedAt, labels });
  }

  const isOn = of({}) !== undefined;
  return {
    isOn,
    of,
    note,
    noteLater(value, request) {
      if (isOn) background.run(() => note(value, request));
    },
    forgetLater(session) {
      const list = of(session);
      if (list !== undefined) background.run(() => list.forget(session));
    },
  };
}

/** What the page sees of the list. @param currentId of the session that asks */
export function toSessionListView(
  sessions: readonly ListedSession[],
  currentId: string,
  nowMs: number,
): SessionListView {
  return {
    now: nowMs,
    sessions: sessions.map(({ id, signedInAt, usedAt, labels }) => ({
      id,
      isCurrent: id === currentId,
      ticket: labels["ticket"] ?? "",
      signedInAt,
      lastUsedAt: usedAt,
      browser: labels["browser"] ?? "",
      system: labels["system"] ?? "",
    })),
  };
}
