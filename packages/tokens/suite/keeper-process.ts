import { randomBytes } from "node:crypto";
import { createTokenKeeper } from "../src/create-token-keeper.ts";
import { createSqliteLedger } from "../src/node/sqlite-ledger.ts";
import type { KeeperPolicy } from "../src/policy.ts";
import type { RefreshAnswer } from "../src/refresh-call.ts";
import type { FreshOutcome, SessionRef } from "../src/token-keeper.ts";
import { realClock } from "./real-clock.ts";

/** What a parent tells a process that keeps tokens on a SQLite file. */
export type ToKeeperProcess =
  | { readonly kind: "start"; readonly file: string; readonly policy: Partial<KeeperPolicy> }
  | { readonly kind: "ask"; readonly id: number; readonly session: SessionRef }
  | { readonly kind: "answer"; readonly id: number; readonly answer: RefreshAnswer };

/** What it tells its parent, who plays the provider. */
export type FromKeeperProcess =
  | { readonly kind: "ready" }
  | {
      readonly kind: "refresh";
      readonly id: number;
      readonly refreshToken: string;
      readonly resource: string;
    }
  | { readonly kind: "asked"; readonly id: number; readonly outcome: FreshOutcome };

function serve(file: string, policy: Partial<KeeperPolicy>): (message: ToKeeperProcess) => void {
  const waiting = new Map<number, (answer: RefreshAnswer) => void>();
  let calls = 0;
  const keeper = createTokenKeeper({
    ledger: createSqliteLedger({ file }),
    refresh: ({ refreshToken, resource }) =>
      new Promise((resolve) => {
        calls += 1;
        waiting.set(calls, resolve);
        tell({ kind: "refresh", id: calls, refreshToken, resource });
      }),
    policy,
    ports: { ...realClock, randomBytes: (count) => randomBytes(count) },
  });
  return (message) => {
    if (message.kind === "answer") waiting.get(message.id)?.(message.answer);
    if (message.kind !== "ask") return;
    void keeper.ensureFresh(message.session, "").then((outcome) => {
      tell({ kind: "asked", id: message.id, outcome });
    });
  };
}

function tell(message: FromKeeperProcess): void {
  process.send?.(message);
}

let handle: ((message: ToKeeperProcess) => void) | undefined;
process.on("message", (message: ToKeeperProcess) => {
  if (message.kind === "start") {
    handle = serve(message.file, message.policy);
    tell({ kind: "ready" });
  } else {
    handle?.(message);
  }
});
