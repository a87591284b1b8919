import { afterEach, expect, it } from "vitest";
import { startRig } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";

let rig: Rig;
afterEach(() => rig.close());

it.each(["offered", "required"] as const)(
  "S-011: signs in by a pushed request where the provider has it %s, with nothing of it in the browser's address",
  async (pushedRequests) => {
    rig = await startRig({ idp: { pushedRequests } });
    const browser = rig.browser();
    const begun = await rig.browser().navigate("/bff/login");
    const { searchParams } = new URL(begun.headers.get("location") ?? "");
    expect([...searchParams.keys()].toSorted()).toEqual(["client_id", "request_uri"]);
    expect((await rig.signIn(browser)).headers.get("location")).toBe("/");
    expect((await browser.fetch("/api/notes/1")).status).toBe(200);
  },
);

it("S-011: what the provider refuses of a pushed request is said in the app, and no browser is sent there", async () => {
  rig = await startRig({ idp: { pushedRequests: "offered" } });
  const other = rig.instance({
    provider: { ...rig.config.provider, extraResources: ["https://unknown.example/"] },
  });
  const refused = await rig.browserOf(other, rig.browser()).navigate("/bff/login?returnTo=/notes");
  expect([refused.status, refused.headers.get("location")]).toEqual([303, "/notes?signin=misconfigured"]);
  expect(rig.log).toContainEqual(
    expect.objectContaining({ event: "sign_in_failed", reason: "invalid_target" }),
  );
});

it("S-011: a provider without it can't be used where it is required here: no sign-in, and not ready", async () => {
  rig = await startRig({ provider: { pushedRequests: "required" } });
  const begun = await rig.browser().navigate("/bff/login");
  expect([begun.status, begun.headers.get("location")]).toEqual([503, null]);
  expect(await rig.bff.readiness()).toMatchObject({
    isReady: false,
    providerProblem: "pushed_authorization_request_endpoint_missing",
  });
});
