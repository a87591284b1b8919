import type { MarkedChange } from "./marked-statement.ts";

/** A bug that the simulation has to find: if it can't, its silence about the real code means nothing. */
export interface SeededBug {
  readonly name: string;
  readonly changes: readonly MarkedChange[];
}

function bug(name: string, ...changes: readonly (readonly [at: string, becomes?: string])[]): SeededBug {
  return { name, changes: changes.map(([at, becomes]) => ({ at, becomes })) };
}

export const SEEDED_BUGS: readonly SeededBug[] = [
  bug("no single flight", ["own-claim", "true"]),
  bug("no replay", ["claim-done", "false"]),
  bug(
    "a token call ends with the request behind it",
    ["call-bound", "await waitAtMost(answered, 2_000, ports)"],
    ["call-bound-sent", "false"],
    ["late-success", "false"],
  ),
  bug("end on any error", ["terminal", "true"]),
  bug("short grace: old cookies are forgotten soon", ["stale-time", "$ - 595_000"]),
  bug("short grace: a generation settles at once", ["settle-early", "false"]),
  bug("success fenced out", [
    "spent-forgotten",
    `found !== undefined && !(entry?.state === "pending" && entry.fence === fence)`,
  ]),
  bug("revoke a spent token at logout", ["revoked-tip", "session.grant.refreshToken"]),
  bug("key without session", ["record-key", "await crypto.locate(session.iss)"]),
  bug("resource ignored", ["token-request", `{ ...$, resource: "" }`]),
  bug("tombstone missing", ["end-record", "kept(found, at, stored.now)"]),
  bug("window refresh lost by restart", ["drain"]),
  bug("window refresh lost by restart, ledger in memory", ["memory-outlives", "true"]),
  bug("retry of an ambiguous failure at once", ["hold-ambiguous", "false"]),
  bug("late tokens of an ended session are kept", ["hand-back", "undefined"]),
  bug("late tokens of a replaced session are revoked", ["hand-back", "next.refreshToken"]),
  bug("lease not checked before sending", ["lease-check", "true"]),
  bug("a late response brings an ended session back", ["close-ended", "false"]),
  bug("a stale cookie is sent to the provider", ["claim-spent", "false"]),
  bug("a token call's time-out of the keeper's own", ["policy", "{ ...$, tokenTimeoutMs: 10_000 }"]),
  bug("a probe that only reads", [
    "probe",
    "await waitAtMost(ledger.read(NOWHERE, 0), LEDGER_BRIEF_MS, ports)",
  ]),
  bug("any failure counts as an outage", ["probe-answer", "unreachable()"]),
  bug("a provider that refuses everyone ends sessions", ["refused-with-others", "false"]),
  bug("credentials of ours that are refused end sessions", [
    "client-refused",
    `{ provider: "up", record: "refused", final: { tries: 1, overMs: 0, overMsIfOthers: 0 } }`,
  ]),
  bug("an answer about somebody else is only a failure", ["other-identity", "false"]),
  bug("a lost extension ends the session", ["touched-at", "undefined"]),
];
