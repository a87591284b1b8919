import { createRecordLedger } from "@coatcheck/tokens";
import { describe, expect, it } from "vitest";
import { explore } from "./explore.ts";
import { createModelStore } from "./store.ts";

describe("every order of the ledger's steps", () => {
  it(
    "spends no refresh token twice, loses no success, and leaves nobody stuck",
    { timeout: 120_000 },
    async () => {
      const result = await explore(createModelStore(), { requests: 2, faults: 0 });
      expect(result.violation).toBeUndefined();
      expect(result.states).toBeGreaterThan(30_000);
      expect(result.ends).toBeGreaterThan(1_000);
    },
  );

  it("finds a ledger that lets everybody lead, and tells how it comes to that", async () => {
    const create: typeof createRecordLedger = (store, ports) => {
      const ledger = createRecordLedger(store, ports);
      return {
        ...ledger,
        async claim(at, request) {
          const answer = await ledger.claim(at, request);
          const history = { tries: 0, refusals: 0, refusedForMs: 0, maybeSpent: false };
          return answer.kind === "pending" ? { kind: "led", history } : answer;
        },
      };
    };
    const { violation } = await explore(createModelStore(create), { requests: 2, faults: 0 });
    expect(violation?.what).toBe("a refresh token was sent a second time while the first call was under way");
    expect(violation?.way).toContain("request 0 sends 0");
  });

  it("finds a ledger that says to have recorded a success, and hasn't", async () => {
    const create: typeof createRecordLedger = (store, ports) => {
      const ledger = createRecordLedger(store, ports);
      return { ...ledger, publish: () => Promise.resolve({ kind: "published" }) };
    };
    const { violation } = await explore(createModelStore(create), { requests: 2, faults: 0 });
    expect(violation?.what).toBe("what came of generation 0 was recorded, and is gone");
  });
});
