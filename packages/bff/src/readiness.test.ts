import { ABSENT, metadataMember, replacedReply } from "@coatcheck/testkit";
import type { Lie } from "@coatcheck/testkit";
import { describe, expect, it } from "vitest";
import { createEvilWorld, EVIL_ISSUER, EVIL_ORIGIN } from "../fixtures/evil-world.ts";
import type { EvilWorld } from "../fixtures/evil-world.ts";
import type { Bff } from "./create-bff.ts";

describe("readiness", () => {
  const probe = async (bff: Bff) => {
    const answer = await bff.app.request(`${EVIL_ORIGIN}/readyz`);
    return [answer.status, await answer.json()] as const;
  };

  it.each<[reason: string, lie: Lie]>([
    ["issuer_mismatch", metadataMember("issuer", `${EVIL_ISSUER}/`)],
    ["issuer_mismatch", metadataMember("issuer", ABSENT)],
    ["token_endpoint_invalid", metadataMember("token_endpoint", "")],
    ["authorization_endpoint_invalid", metadataMember("authorization_endpoint", `${EVIL_ISSUER}/a?scope=b`)],
    ["jwks_uri_missing", metadataMember("jwks_uri", ABSENT)],
    ["not_json_object", replacedReply("metadata", { status: 200, body: "<html>" })],
    ["status_404", replacedReply("metadata", { status: 404, body: null })],
  ])("a provider that can never work as it is configured keeps traffic away: %s", async (reason, lie) => {
    const { bff, clock, idp } = await createEvilWorld();
    idp.lie(lie);
    expect(await probe(bff)).toMatchObject([
      503,
      { isReady: false, reasons: ["provider_undiscovered", "provider_unusable"], providerProblem: reason },
    ]);
    idp.stopLying();
    await clock.advance(5_000);
    await expect.poll(async () => (await probe(bff))[0]).toBe(200);
  });

  it.each<[what: string, break_: (world: EvilWorld) => void]>([
    ["can never be used", ({ idp }) => idp.lie(metadataMember("issuer", `${EVIL_ISSUER}/`))],
    ["isn't there", ({ idp }) => idp.lie(replacedReply("metadata", { status: 404, body: null }))],
    ["can't be had just now", ({ idp }) => idp.lie(replacedReply("metadata", { status: 503, body: null }))],
  ])("metadata that %s is asked for once in 5 s, however many probes come", async (_what, break_) => {
    const world = await createEvilWorld();
    const { bff, clock, idp } = world;
    break_(world);
    const first = await Promise.all(Array.from({ length: 10 }, () => probe(bff)));
    expect(new Set(first.map(([status]) => status)).size).toBe(1);
    for (let seconds = 1; seconds < 20; seconds += 1) {
      await clock.advance(1_000);
      await Promise.all(Array.from({ length: 10 }, () => probe(bff)));
    }
    expect(idp.requestsTo("metadata")).toHaveLength(4);
  });

  it("a sign-in asks for it all the same, and makes the process ready", async () => {
    const { bff, browser, idp } = await createEvilWorld();
    idp.lie(metadataMember("issuer", `${EVIL_ISSUER}/`));
    expect(await probe(bff)).toMatchObject([503, {}]);
    idp.stopLying();
    expect((await browser.navigate("/bff/login")).status).toBe(302);
    expect(await probe(bff)).toMatchObject([200, { reasons: [] }]);
  });

  it("a certificate of an unknown authority keeps traffic away, too", async () => {
    const { bff, internet } = await createEvilWorld();
    internet.fault("idp.example", { kind: "certificate" });
    expect(await probe(bff)).toMatchObject([503, { providerProblem: "tls_untrusted" }]);
  });

  it.each(["refused", "dns", "reset_before"] as const)(
    "S-140: a provider that is merely away doesn't: %s",
    async (kind) => {
      const { bff, internet } = await createEvilWorld();
      internet.fault("idp.example", { kind });
      const [status, body] = await probe(bff);
      expect([status, body]).toMatchObject([200, { reasons: ["provider_undiscovered"] }]);
      expect(body).not.toHaveProperty("providerProblem");
    },
  );

  it("S-139: metadata that goes wrong later changes nothing", async () => {
    const { bff, idp, clock, browser } = await createEvilWorld();
    await probe(bff);
    idp.lie(metadataMember("issuer", "https://evil.example"));
    await clock.advance(3_600_000);
    await browser.navigate("/bff/login");
    await expect.poll(() => idp.requestsTo("metadata").length).toBe(2);
    expect(await probe(bff)).toMatchObject([200, { reasons: [] }]);
  });

  it("a sign-in at such a provider says that trying again doesn't help, and the log says why", async () => {
    const { idp, browser, log } = await createEvilWorld();
    idp.lie(metadataMember("issuer", `${EVIL_ISSUER}/`));
    const page = await browser.navigate("/bff/login?returnTo=/notes");
    expect(page.status).toBe(503);
    expect(await page.text()).toContain("set up");
    expect(log.at(-1)).toMatchObject({
      event: "provider_unavailable",
      during: "login",
      reason: "issuer_mismatch",
    });
  });
});
