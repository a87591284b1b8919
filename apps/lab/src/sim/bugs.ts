import type { Mutant } from "../mutants/mutation.ts";

/** A text of a source that stands there exactly once, and what is put in its place. */
export type SourceChange = Pick<Mutant, "file" | "from" | "to">;

/** A bug that the simulation has to find: if it can't, its silence about the real code means nothing. */
export interface SeededBug {
  readonly name: string;
  readonly changes: readonly SourceChange[];
}

/** Files are those of `packages/tokens/src`: what a simulated world tries is the keeper of tokens and its ledgers. */
function bug(
  name: string,
  ...changes: readonly (readonly [file: string, from: string, to: string])[]
): SeededBug {
  return {
    name,
    changes: changes.map(([file, from, to]) => ({ file: `packages/tokens/src/${file}`, from, to })),
  };
}

export const SEEDED_BUGS: readonly SeededBug[] = [
  bug("no single flight", ["ledger/ledger-claim.ts", "entry.fence === request.fence;", "true;"]),
  bug("no replay", ["ledger/ledger-claim.ts", `if (entry?.state === "done")`, "if (false)"]),
  bug(
    "a token call ends with the request behind it",
    ["refresh/make-token-call.ts", "waitAtMost(answered, tokenTimeoutMs,", "waitAtMost(answered, 2_000,"],
    ["refresh/make-token-call.ts", `if (timed.kind === "timeout" && sent.at !== undefined)`, "if (false)"],
    ["refresh/make-token-call.ts", `if (late.kind === "success")`, "if (false)"],
  ),
  bug("end on any error", ["refresh/refreshes.ts", `if (answer.kind === "terminal")`, "if (true)"]),
  bug("short grace: old cookies are forgotten soon", [
    "ledger/ledger-session.ts",
    "now + request.staleCookieMs;",
    "now + request.staleCookieMs - 595_000;",
  ]),
  bug("short grace: a generation settles at once", [
    "ledger/ledger-session.ts",
    "if (leading.handedAt > arrivedAt - request.settleAfterMs)",
    "if (false)",
  ]),
  bug("success fenced out", [
    "ledger/ledger-outcome.ts",
    "if (found !== undefined && entry === undefined && generation <= found.highestSpent)",
    `if (found !== undefined && !(entry?.state === "pending" && entry.fence === fence))`,
  ]),
  bug("revoke a spent token at logout", [
    "keeper/end-session.ts",
    "tip.isStale ? undefined : tip.grant.refreshToken;",
    "session.grant.refreshToken;",
  ]),
  bug("key without session", [
    "refresh/session-address.ts",
    "await crypto.locate(session.sid);",
    "await crypto.locate(session.iss);",
  ]),
  bug("resource ignored", [
    "refresh/make-token-call.ts",
    "{ refreshToken, resource,",
    `{ refreshToken, resource: "",`,
  ]),
  bug("tombstone missing", [
    "ledger/ledger-session.ts",
    "endRecord(kept(found, at, stored.now), at, stored.now, reason);",
    "kept(found, at, stored.now);",
  ]),
  bug("window refresh lost by restart", [
    "keeper/create-token-keeper.ts",
    "while (running.size > 0) await Promise.allSettled(running);",
    "",
  ]),
  bug("window refresh lost by restart, ledger in memory", [
    "ledger/memory-ledger.ts",
    "options.outlivesProcess ?? false,",
    "true,",
  ]),
  bug("retry of an ambiguous failure at once", [
    "ledger/ledger-claim.ts",
    "past.maybeSpent && !request.mayRepeatAmbiguous;",
    "false;",
  ]),
  bug("late tokens of an ended session are kept", [
    "refresh/record-outcome.ts",
    `published.reason === "replaced" ? undefined : next.refreshToken;`,
    "undefined;",
  ]),
  bug("late tokens of a replaced session are revoked", [
    "refresh/record-outcome.ts",
    `published.reason === "replaced" ? undefined : next.refreshToken;`,
    "next.refreshToken;",
  ]),
  bug("lease not checked before sending", [
    "refresh/make-token-call.ts",
    "!isAbandoned && lease.remainingMs() >= tokenTimeoutMs;",
    "true;",
  ]),
  bug("a late response brings an ended session back", [
    "keeper/close-visit.ts",
    "if (view.ended !== undefined)",
    "if (false)",
  ]),
  bug("a stale cookie is sent to the provider", [
    "ledger/ledger-claim.ts",
    "if (isSpent(shown, request.generation))",
    "if (false)",
  ]),
  bug("a token call's time-out of the keeper's own", [
    "keeper/create-token-keeper.ts",
    "toKeeperPolicy(options.policy);",
    "{ ...toKeeperPolicy(options.policy), tokenTimeoutMs: 10_000 };",
  ]),
  bug("a probe that only reads", ["refresh/ledger-access.ts", "ledger.probe()", "ledger.read(NOWHERE, 0)"]),
  bug("any failure counts as an outage", [
    "refresh/ledger-access.ts",
    `timed.kind === "answer" ? undefined : unreachable();`,
    "unreachable();",
  ]),
  bug("a provider that refuses everyone ends sessions", [
    "refresh/refusals.ts",
    "other !== undefined && other.at >= since && refreshedAt < since;",
    "false;",
  ]),
  bug("credentials of ours that are refused end sessions", [
    "refresh/outcome-table.ts",
    `client: { provider: "down", record: "unsent" },`,
    `client: { provider: "up", record: "refused", final: { tries: 1, overMs: 0, overMsIfOthers: 0 } },`,
  ]),
  bug("an answer about somebody else is only a failure", [
    "refresh/refreshes.ts",
    `if (answer.kind === "other_identity") return recorder.endAtOnce`,
    "if (false) return recorder.endAtOnce",
  ]),
  bug("a lost extension ends the session", [
    "keeper/create-token-keeper.ts",
    "return view.touchedAt;",
    "return undefined;",
  ]),
];
