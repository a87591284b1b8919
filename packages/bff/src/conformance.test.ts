import { CONFORMANCE_MODULES } from "@coatcheck/testkit";
import type { ConformanceModule, ConformanceModuleName } from "@coatcheck/testkit";
import { describe, expect, it } from "vitest";
import { CERTIFICATE_THUMBPRINT, CLIENT_CERTIFICATE } from "../fixtures/client-certificate.ts";
import { createEvilWorld, EVIL_ORIGIN } from "../fixtures/evil-world.ts";
import type { EvilWorld } from "../fixtures/evil-world.ts";

/** Where a module ended, and the word in the log; `passed`: everything went through. */
type Ending =
  | { readonly at: "passed"; readonly leftOut?: string }
  | {
      readonly at: "discovery" | "sign_in" | "userinfo" | "refresh" | "logout_token";
      readonly reason: string;
    };

const passed: Ending = { at: "passed" };
function refused(at: Exclude<Ending["at"], "passed">, reason: string): Ending {
  return { at, reason };
}

/** What each module is for: to go through, or to be refused for its own reason. */
const EXPECTED: Readonly<Record<ConformanceModuleName, Ending>> = {
  "": passed,
  "-client-secret-basic": passed,
  "-scope-userinfo-claims": passed,
  "-nonce-invalid": refused("sign_in", "nonce_mismatch"),
  "-invalid-iss": refused("sign_in", "iss_mismatch"),
  "-missing-sub": refused("sign_in", "sub_missing"),
  "-invalid-aud": refused("sign_in", "aud_mismatch"),
  "-missing-aud": refused("sign_in", "aud_missing"),
  "-missing-iat": refused("sign_in", "iat_missing"),
  "-kid-absent-single-jwks": passed,
  "-kid-absent-multiple-jwks": passed,
  "-ignores-unparseable-key-in-jwks": passed,
  "-idtoken-sig-rs256": passed,
  "-idtoken-sig-none": refused("sign_in", "alg_not_allowed"),
  "-invalid-sig-rs256": refused("sign_in", "signature_invalid"),
  "-invalid-sig-es256": refused("sign_in", "signature_invalid"),
  "-invalid-sig-hs256": refused("sign_in", "alg_not_allowed"),
  "-invalid-athash": refused("sign_in", "at_hash_mismatch"),
  "-userinfo-bearer-header": passed,
  "-userinfo-invalid-sub": refused("userinfo", "userinfo_sub_mismatch"),
  "-userinfo-signed": passed,
  "-aggregated-claims": passed,
  "-distributed-claims": passed,
  "-mtls-endpoint-aliases": passed,
  "-discovery-openid-config": passed,
  "-discovery-jwks-uri-keys": passed,
  "-discovery-issuer-mismatch": refused("discovery", "issuer_mismatch"),
  "-signing-key-rotation": passed,
  "-signing-key-rotation-just-before-signing": passed,
  "-refresh-token": passed,
  "-refresh-token-invalid-issuer": refused("refresh", "iss_mismatch"),
  "-refresh-token-invalid-sub": refused("refresh", "sub_mismatch"),
  "-refresh-token-invalid-aud": refused("refresh", "aud_mismatch"),
  // It isn't somebody else's, so it costs no session: the ID token is left out, and the log says so.
  "-refresh-token-invalid-azp": { at: "passed", leftOut: "azp_mismatch" },
  "-rp-init-logout": passed,
  "-rp-init-logout-no-state": passed,
  "-rp-init-logout-other-state": passed,
  "-rp-backchannel-rpinitlogout": passed,
  "-rp-backchannel-rpinitlogout-alg-none": refused("logout_token", "alg_not_allowed"),
  "-rp-backchannel-rpinitlogout-wrong-alg": refused("logout_token", "alg_not_allowed"),
  "-rp-backchannel-rpinitlogout-wrong-iss": refused("logout_token", "iss_mismatch"),
  "-rp-backchannel-rpinitlogout-wrong-aud": refused("logout_token", "aud_mismatch"),
  "-rp-backchannel-rpinitlogout-no-event": refused("logout_token", "events_missing"),
  "-rp-backchannel-rpinitlogout-wrong-event": refused("logout_token", "logout_event_missing"),
  "-rp-backchannel-rpinitlogout-with-nonce": refused("logout_token", "nonce_present"),
};

interface Stage extends EvilWorld {
  /** Answers of our back-channel logout. */
  readonly delivered: readonly number[];
}

async function stageFor(
  module: ConformanceModule,
  authentication: "client_secret_basic" | "client_secret_post",
): Promise<Stage> {
  const delivered: number[] = [];
  const algorithm = module.provider?.algorithm ?? "RS256";
  const isByCertificate = module.provider?.provesItselfByCertificate === true;
  const world = await createEvilWorld({
    provider: {
      scope: "openid profile email phone address",
      clientAuth: isByCertificate ? "tls_client_auth" : authentication,
      ...(isByCertificate ? CLIENT_CERTIFICATE : {}),
      idTokenAlgorithms: [algorithm],
    },
    idp: {
      ...module.provider,
      ...(isByCertificate ? { certificateThumbprint: CERTIFICATE_THUMBPRINT } : {}),
      postLogoutRedirectUri: `${EVIL_ORIGIN}/`,
      async deliverLogoutToken(logoutToken) {
        const response = await world.bff.app.request(`${EVIL_ORIGIN}/bff/backchannel-logout`, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ logout_token: logoutToken, extra: "parameter" }).toString(),
        });
        delivered.push(response.status);
      },
    },
  });
  world.internet.connect("elsewhere.example", (request) => world.idp.app.fetch(request));
  world.idp.lie(...(module.lies ?? []));
  return { ...world, delivered };
}

function asked({ idp }: Stage): number {
  return idp.requestsTo("userinfo").length;
}

async function play(module: ConformanceModule, stage: Stage): Promise<Ending> {
  const first = await signIn(stage);
  if (first !== undefined) return first;
  if (module.next === "sign_in_again") {
    await module.beforeSecondSignIn?.(stage.idp);
    const second = await signIn(stage, () => module.beforeSecondCallback?.(stage.idp));
    if (second !== undefined) return second;
  }
  const profile = await stage.browser.fetch("/bff/userinfo");
  if (profile.status !== 200) {
    return refused(
      "userinfo",
      String(stage.log.findLast(({ event }) => event === "provider_refused")?.["reason"]),
    );
  }
  if (module.next === "refresh") return refresh(stage);
  return module.next === "sign_out" ? signOut(stage) : passed;
}

async function signIn(
  stage: Stage,
  beforeCallback?: () => Promise<void> | undefined,
): Promise<Ending | undefined> {
  const before = asked(stage);
  const landed = await stage.signIn(async () => beforeCallback?.());
  if (landed.status === 303 && landed.headers.get("location") === "/") return undefined;
  // Nothing of a sign-in that failed is used.
  expect([stage.browser.cookies.size, asked(stage)]).toEqual([0, before]);
  const refusal = stage.log.findLast(
    ({ event }) => event === "sign_in_failed" || event === "oauth_metadata_failed",
  );
  const isDiscovery = refusal?.event === "oauth_metadata_failed";
  if (!isDiscovery) expect(landed.headers.get("location")).toBe("/?signin=failed");
  return refused(isDiscovery ? "discovery" : "sign_in", String(refusal?.["reason"]));
}

async function refresh(stage: Stage): Promise<Ending> {
  const before = asked(stage);
  const refreshed = await stage.browser.fetch("/bff/refresh", { method: "POST" });
  await stage.browser.fetch("/bff/userinfo");
  const leftOut = stage.log.find(({ event }) => event === "oauth_id_token_left_out");
  const ending = {
    ...passed,
    ...(leftOut === undefined ? {} : { leftOut: String(leftOut["reason"]) }),
  };
  if (refreshed.status === 200) return ending;
  expect(asked(stage)).toBe(before);
  expect(await (await stage.browser.fetch("/bff/session")).json()).toMatchObject({ state: "anonymous" });
  const ended = stage.log.findLast(({ event }) => event === "other_identity");
  return refused("refresh", String(ended?.["reason"]));
}

async function signOut(stage: Stage): Promise<Ending> {
  const { browser, idp, delivered, log } = stage;
  const body = JSON.stringify({ provider: true });
  const headers = { "content-type": "application/json" };
  const out = (await (await browser.fetch("/bff/logout", { method: "POST", headers, body })).json()) as {
    next: string;
  };
  const left = await browser.navigate(out.next);
  const endSession = new URL(left.headers.get("location") ?? "");
  expect(endSession.searchParams.get("state")).toMatch(/^[\w-]{20,}$/u);
  const back = await idp.app.request(endSession.href);
  expect([back.status, new URL(back.headers.get("location") ?? "").origin]).toEqual([302, EVIL_ORIGIN]);
  expect(await (await browser.fetch("/bff/session")).json()).toMatchObject({ state: "anonymous" });
  if (delivered.at(-1) === 200) return passed;
  expect(delivered).toEqual([400]);
  const refusal = log.findLast(({ event }) => event === "backchannel_logout_refused");
  return refused("logout_token", String(refusal?.["reason"]));
}

describe("S-040 S-042 S-044 S-045: the OpenID conformance suite", () => {
  const names = Object.keys(CONFORMANCE_MODULES) as readonly ConformanceModuleName[];
  // The method changes calls to the token endpoint and the revocation alone, so a sign-in, a refresh and a sign-out are enough.
  const withOtherMethod = ["", "-refresh-token", "-rp-init-logout"] as const;
  it.each([
    ...names.map((name) => [name, "client_secret_basic"] as const),
    ...withOtherMethod.map((name) => [name, "client_secret_post"] as const),
  ])("oidcc-client-test%s, with %s, ends as it should, for its own reason", async (name, authentication) => {
    const module: ConformanceModule = CONFORMANCE_MODULES[name];
    const stage = await stageFor(module, authentication);
    expect(await play(module, stage)).toEqual(EXPECTED[name]);
  });
});

describe("what the modules ask for beyond how they end", () => {
  it("S-017: the secret goes by the method that is configured, and by no other", async () => {
    for (const authentication of ["client_secret_basic", "client_secret_post"] as const) {
      const stage = await stageFor({}, authentication);
      await play({}, stage);
      const [request] = stage.idp.requestsTo("token");
      expect([request?.headers.has("authorization"), request?.form.has("client_secret")]).toEqual(
        authentication === "client_secret_basic" ? [true, false] : [false, true],
      );
    }
  });

  it("S-053: UserInfo is asked with the Bearer header and nowhere else", async () => {
    const stage = await stageFor({}, "client_secret_basic");
    await play({}, stage);
    const [request] = stage.idp.requestsTo("userinfo");
    expect([request?.method, request?.url.search, request?.body]).toEqual(["GET", "", ""]);
    expect(request?.headers.get("authorization")).toMatch(/^Bearer access_/u);
  });

  it("S-053: the claims that scopes stand for reach the page; claim sources and their tokens don't, and nobody asks them", async () => {
    const names = ["-scope-userinfo-claims", "-aggregated-claims", "-distributed-claims"] as const;
    for (const name of names) {
      const stage = await stageFor(CONFORMANCE_MODULES[name], "client_secret_basic");
      await stage.signIn();
      const profile: unknown = await (await stage.browser.fetch("/bff/userinfo")).json();
      expect(profile).toMatchObject({ sub: "ada", email: "ada@idp.example" });
      expect(JSON.stringify(profile)).not.toMatch(/_claim|eyJ|ksj3n283dke/u);
      expect(stage.internet.requestsTo("elsewhere.example")).toEqual([]);
    }
  });
});
