import type { Mutation } from "./mutated-copy.ts";

/** A bug that the simulation has to find: if it can't, its silence about the real code means nothing. */
export interface SeededBug {
  readonly name: string;
  readonly mutations: readonly Mutation[];
}

const tokens = (file: string, from: string, to: string): Mutation => ({
  file: `packages/tokens/src/${file}.ts`,
  from,
  to,
});
const bff = (file: string, from: string, to: string): Mutation => ({
  file: `packages/bff/src/${file}.ts`,
  from,
  to,
});

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    name: "no single flight",
    mutations: [
      tokens("ledger/ledger-claim", "const isOwn = entry.fence === request.fence;", "const isOwn = true;"),
    ],
  },
  {
    name: "no replay",
    mutations: [
      tokens(
        "ledger/ledger-claim",
        `if (entry?.state === "done") return { record: shown, answer: { kind: "done" } };`,
        `if (entry?.state === "done") return lead(shown, at, request, undefined, now);`,
      ),
    ],
  },
  {
    name: "leader tied to the request",
    mutations: [
      bff(
        "keeper",
        "refresh: async (request) => toAnswer(await provider.refreshGrant(request)),",
        `refresh: (request) => new Promise((resolve, reject) => {
      const tied = ((globalThis as any).tied ??= new WeakMap());
      tied.set(settings, [...(tied.get(settings) ?? []), reject]);
      provider.refreshGrant(request).then((outcome) => resolve(toAnswer(outcome)), reject);
    }),`,
      ),
      bff(
        "dispatch",
        "const requestId = parts.newRequestId();",
        `const requestId = parts.newRequestId();
    request.signal?.addEventListener("abort", () => {
      for (const reject of (globalThis as any).tied?.get(settings) ?? []) reject(new Error("aborted"));
    });`,
      ),
    ],
  },
  {
    name: "end on any error",
    mutations: [
      tokens(
        "refresh/refresh-flight",
        `if (answer.kind === "terminal") return`,
        `if (answer.kind !== "success") return`,
      ),
    ],
  },
  {
    name: "short grace: old cookies are forgotten soon",
    mutations: [
      tokens("ledger/ledger-session", "dropAt: now + request.staleCookieMs", "dropAt: now + 5_000"),
    ],
  },
  {
    name: "short grace: a generation settles at once",
    mutations: [
      tokens(
        "ledger/ledger-session",
        "if (leading.handedAt > arrivedAt - request.settleAfterMs) return entries;",
        "void arrivedAt;",
      ),
    ],
  },
  {
    name: "success fenced out",
    mutations: [
      tokens(
        "ledger/ledger-outcome",
        "if (found !== undefined && entry === undefined && generation <= found.highestSpent) {",
        `if (found !== undefined && !(entry?.state === "pending" && entry.fence === fence)) {`,
      ),
    ],
  },
  {
    name: "revoke a spent token at logout",
    mutations: [
      tokens(
        "keeper/end-session",
        "const { tip, isStale } = await walkToTip(crypto, session.sid, session.grant, answer.view);",
        "const { tip, isStale } = { tip: session.grant, isStale: false };",
      ),
    ],
  },
  {
    name: "key without session",
    mutations: [
      tokens(
        "refresh/session-address",
        "await crypto.locate(session.sid)",
        "await crypto.locate(session.iss)",
      ),
    ],
  },
  {
    name: "resource ignored",
    mutations: [
      bff("keeper", "provider.refreshGrant(request)", `provider.refreshGrant({ ...request, resource: "" })`),
    ],
  },
  {
    name: "tombstone missing",
    mutations: [
      tokens(
        "ledger/ledger-session",
        "return { record: ended, answer: { reason, wasEnded: false } };",
        "void ended; return { record: found, answer: { reason, wasEnded: false } };",
      ),
    ],
  },
  {
    name: "window refresh lost by restart",
    mutations: [
      tokens("keeper/create-token-keeper", "while (running.size > 0) await Promise.allSettled(running);", ""),
    ],
  },
  {
    name: "window refresh lost by restart, ledger in memory",
    mutations: [
      tokens(
        "ledger/memory-ledger",
        "outlivesProcess: options.outlivesProcess ?? false,",
        "outlivesProcess: true,",
      ),
    ],
  },
  {
    name: "retry of an ambiguous failure at once",
    mutations: [
      tokens(
        "ledger/ledger-claim",
        "const held = past.maybeSpent && !request.mayRepeatAmbiguous;",
        "const held = false;",
      ),
    ],
  },
  {
    name: "late tokens of an ended session are kept",
    mutations: [
      tokens(
        "refresh/record-outcome",
        `const isToRevoke = reason !== "replaced" &&`,
        "const isToRevoke = false &&",
      ),
    ],
  },
  {
    name: "late tokens of a replaced session are revoked",
    mutations: [
      tokens(
        "refresh/record-outcome",
        `const isToRevoke = reason !== "replaced" &&`,
        "const isToRevoke = true &&",
      ),
    ],
  },
  {
    name: "lease not checked before sending",
    mutations: [
      tokens(
        "refresh/call-provider",
        "const may = !isAbandoned && leftMs > 0 && lease.remainingMs() >= leftMs;",
        "const may = leftMs !== Number.NaN;",
      ),
    ],
  },
  {
    name: "a late response brings an ended session back",
    mutations: [
      tokens(
        "keeper/close-response",
        `if (view.ended !== undefined) return { kind: "ended", reason: view.ended };`,
        "",
      ),
    ],
  },
  {
    name: "a stale cookie is sent to the provider",
    mutations: [
      tokens(
        "ledger/ledger-claim",
        `if (isSpent(shown, request.generation)) return { record: shown, answer: { kind: "stale" } };`,
        "",
      ),
    ],
  },
  {
    name: "a lost extension ends the session",
    mutations: [
      bff(
        "session/session-desk",
        "await keeper.touchedAt(ref)",
        "await Promise.resolve(undefined as number | undefined)",
      ),
    ],
  },
];
