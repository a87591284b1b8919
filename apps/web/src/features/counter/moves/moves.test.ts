import type { DemoEvent } from "@coatcheck/contract";
import { CoatcheckError } from "@coatcheck/client";
import { describe, expect, it } from "vitest";
import { describeFailure } from "../experiments/describe-failure.ts";
import { type MovePorts, MOVES } from "./moves.ts";

/** A counter that renews when told to, and takes 268 ms for it. */
function setUp(overrides: Partial<MovePorts> = {}) {
  let coat = 17;
  let clock = 0;
  let expired = false;
  const events: DemoEvent[] = [];
  const renew = (trigger: "implicit" | "explicit") => {
    coat += 1;
    clock += 268;
    expired = false;
    events.push({
      kind: "refresh",
      id: events.length + 1,
      at: clock,
      outcome: "led",
      trigger,
      resource: "",
      durationMs: 268,
      generation: coat,
    });
  };
  const call = async <T>(value: T) => {
    if (expired) renew("implicit");
    clock += 24;
    return value;
  };
  const ports: MovePorts = {
    userinfo: () => call({ sub: "ada", name: "Ada Lindqvist", email: "ada@example.test" }),
    refresh: async () => renew("explicit"),
    validate: () =>
      call({
        active: true,
        method: "introspection" as const,
        resource: "",
        scopes: ["openid", "notes:read", "notes:write"],
        audience: ["notes"],
        expiresAt: 21_000,
      }),
    callApi: () => call(200),
    expire: async () => {
      expired = true;
    },
    coat: async () => coat,
    events: async () => [...events],
    elapsedMs: () => clock,
    serverNowMs: () => 0,
    onProgress: () => {},
    ...overrides,
  };
  const run = (id: string) => {
    const move = MOVES.find((candidate) => candidate.id === id);
    if (!move) throw new Error(`no move ${id}`);
    return move.run(ports);
  };
  return { run, renew };
}

describe("the moves", () => {
  it("Profile says who it is, how long it took and that nothing was renewed", async () => {
    const result = await setUp().run("profile");
    expect(result).toMatchObject({ tone: "done", fact: "Ada Lindqvist" });
    expect(result.rest).toContain("24 ms");
    expect(result.detail).toContain("Nothing was renewed");
  });

  it("Implicit refresh says that it refreshed on the way and what share of the time that took", async () => {
    const result = await setUp().run("implicit-refresh");
    expect(result).toMatchObject({ tone: "done", fact: "200 in 292 ms" });
    expect(result.rest).toContain("268 ms");
    expect(result.detail).toContain("Coat 17 became 18");
  });

  it("Implicit refresh says as plainly that nothing was renewed", async () => {
    const result = await setUp({ expire: async () => {} }).run("implicit-refresh");
    expect(result.tone).toBe("failed");
  });

  it("Implicit refresh that the API refuses is no success", async () => {
    expect((await setUp({ callApi: async () => 403 }).run("implicit-refresh")).tone).toBe("failed");
  });

  it("Explicit refresh says which coat became which", async () => {
    expect(await setUp().run("explicit-refresh")).toMatchObject({ tone: "done", fact: "Coat 17 became 18" });
  });

  it("Explicit refresh that brings no new coat is no success", async () => {
    expect((await setUp({ refresh: async () => {} }).run("explicit-refresh")).tone).toBe("failed");
  });

  it("Validate says facts", async () => {
    const result = await setUp().run("validate");
    expect(result).toMatchObject({ tone: "done", fact: "Good" });
    expect(result.rest).toContain("openid, notes:read and notes:write, for notes, 21 s left");
  });

  it("Validate of a token that isn't active is said as plainly", async () => {
    const inactive = { active: false, method: "jwt" as const, resource: "", scopes: [], audience: [] };
    const result = await setUp({ validate: async () => inactive }).run("validate");
    expect(result.tone).toBe("failed");
  });

  it("doesn't take an earlier refresh for one on the way", async () => {
    const { run, renew } = setUp({ expire: async () => {} });
    renew("implicit");
    expect((await run("profile")).detail).toContain("Nothing was renewed");
    expect((await run("implicit-refresh")).tone).toBe("failed");
  });
});

describe("describeFailure", () => {
  it("names status and code, and when a next try makes sense", () => {
    const error = new CoatcheckError("provider_unavailable", "secret", { status: 503, retryAfterSeconds: 4 });
    const result = describeFailure(error, 812);
    expect(result).toMatchObject({ tone: "failed", fact: "503 provider_unavailable" });
    expect(result.detail).toContain("4 s");
    expect(JSON.stringify(result)).not.toContain("secret");
  });

  it("says that nobody answered", () => {
    expect(describeFailure(new CoatcheckError("network", ""), 5).fact).toBe("No answer");
  });
});
