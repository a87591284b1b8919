import { createTokenKeeper } from "@coatcheck/tokens";
import type { Ledger, RefreshCall, SessionRef } from "@coatcheck/tokens";

/** @param refresh makes one token call, and answers with one of eight outcomes */
export async function openKeeper(ledger: Ledger, refresh: RefreshCall) {
  const keeper = createTokenKeeper({
    ledger,
    refresh,
    ports: {
      nowMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      setTimeout,
      clearTimeout: (timer) => clearTimeout(timer as number),
      randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    },
  });
  await keeper.ready();
  return keeper;
}

/** One request: gets a token, uses it, and learns what the session's cookie must say. */
export async function answer(
  keeper: Awaited<ReturnType<typeof openKeeper>>,
  session: SessionRef,
  call: (accessToken: string) => Promise<void>,
) {
  const visit = keeper.open(session);
  const outcome = await visit.ensureFresh("https://notes.example/");
  if (outcome.kind !== "fresh") return outcome;
  await call(outcome.accessToken);
  return visit.close({ known: outcome.grant, willWrite: false });
}
