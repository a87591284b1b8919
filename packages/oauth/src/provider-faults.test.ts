import { brokenBody, compressedBomb, hugeBody, redirect, replacedReply, slowDrip } from "@coatcheck/testkit";
import type { Endpoint, Lie, NetworkFault } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { IDP_HOST, simulateSignIn } from "./simulated-sign-in.fixture.ts";
import type { SimulatedSignIn } from "./simulated-sign-in.fixture.ts";

/** What each endpoint is for, done once; nothing of it may throw anything but our own error. */
const USES: Readonly<
  Record<
    Exclude<Endpoint, "authorization" | "par" | "end_session">,
    (simulated: SimulatedSignIn) => Promise<unknown>
  >
> = {
  metadata: ({ provider }) =>
    provider.discover().then(
      () => "known",
      (error: Error & { code: unknown }) => error.code,
    ),
  jwks: async ({ signIn }) => (await signIn()).outcome.kind,
  token: async ({ signIn }) => (await signIn()).outcome.kind,
  userinfo: async ({ provider, signIn }) => {
    const { outcome } = await signIn();
    const accessToken = outcome.kind === "signed_in" ? outcome.tokens.accessToken : "not signed in";
    return (await provider.userinfo({ accessToken, sub: "ada" })).kind;
  },
  introspection: async ({ provider }) => (await provider.validate({ accessToken: "a", resource: "" })).kind,
  revocation: async ({ provider }) => (await provider.revoke("a")).kind,
};
const ENDPOINTS = Object.keys(USES) as readonly (keyof typeof USES)[];
const FAILED = ["metadata_invalid", "provider_unreachable", "unavailable", "refused"];

const LIES: Readonly<Record<string, (endpoint: Endpoint) => Lie>> = {
  "400 without a body": (endpoint) => replacedReply(endpoint, { status: 400, body: "" }),
  "403 with HTML": (endpoint) =>
    replacedReply(endpoint, { status: 403, body: "<html></html>", headers: { "content-type": "text/html" } }),
  429: (endpoint) => replacedReply(endpoint, { status: 429, body: "" }),
  500: (endpoint) => replacedReply(endpoint, { status: 500, body: "" }),
  "503 with HTML": (endpoint) =>
    replacedReply(endpoint, { status: 503, body: "<html></html>", headers: { "content-type": "text/html" } }),
};

const ENDLESS = "a slow drip";

const pastDeadline = <T>(simulated: SimulatedSignIn, endpoint: Endpoint, call: Promise<T>): Promise<T> =>
  simulated.passDeadline(call, () => simulated.idp.requestsTo(endpoint).length > 0);

/** Those that need an answer to be readable; a revocation is done when the status says so. */
const BODY_LIES: Readonly<Record<string, (endpoint: Endpoint) => Lie>> = {
  "an empty body": (endpoint) => replacedReply(endpoint, { status: 200, body: "" }),
  "truncated JSON": (endpoint) =>
    replacedReply(endpoint, { status: 200, body: '{"issuer":"https://idp.exam' }),
  "an array": (endpoint) => replacedReply(endpoint, { status: 200, body: "[]" }),
  HTML: (endpoint) =>
    replacedReply(endpoint, { status: 200, body: "<html></html>", headers: { "content-type": "text/html" } }),
  "invalid UTF-8": (endpoint) =>
    replacedReply(endpoint, { status: 200, body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]) }),
  [ENDLESS]: (endpoint) => slowDrip(endpoint),
  "a broken body": (endpoint) => brokenBody(endpoint),
  "10 MB": (endpoint) => hugeBody(endpoint),
  "a gzip bomb": (endpoint) => compressedBomb(endpoint),
};

const matrix = ENDPOINTS.flatMap((endpoint) =>
  Object.entries(LIES).map(([name, lie]) => [endpoint, name, lie] as const),
);
const bodyMatrix = ENDPOINTS.filter((endpoint) => endpoint !== "revocation").flatMap((endpoint) =>
  Object.entries(BODY_LIES).map(([name, lie]) => [endpoint, name, lie] as const),
);

test.each([...matrix, ...bodyMatrix])(
  "S-052 S-141 S-142 %s with %s ends in a typed outcome",
  async (endpoint, name, lie) => {
    const simulated = await simulateSignIn();
    simulated.idp.lie(lie(endpoint));
    const using = USES[endpoint](simulated);
    expect(FAILED).toContain(await (name === ENDLESS ? pastDeadline(simulated, endpoint, using) : using));
    simulated.idp.stopLying();
    expect((await simulated.signIn()).outcome).toMatchObject({ kind: "signed_in" });
  },
);

test.each(Object.entries(BODY_LIES))("S-095 a revocation answered 200 with %s is done", async (name, lie) => {
  const simulated = await simulateSignIn();
  simulated.idp.lie(lie("revocation"));
  const revoking = simulated.provider.revoke("a");
  const outcome = await (name === ENDLESS ? pastDeadline(simulated, "revocation", revoking) : revoking);
  expect(outcome).toEqual({ kind: "revoked" });
});

const redirects = ENDPOINTS.flatMap((endpoint) =>
  [301, 302, 303, 307, 308].map((status) => [endpoint, status] as const),
);

test.each(redirects)("S-027 %s that redirects with %i isn't followed", async (endpoint, status) => {
  const simulated = await simulateSignIn();
  simulated.internet.connect("elsewhere.example", simulated.idp.app);
  simulated.idp.lie(redirect(endpoint, "https://elsewhere.example/", status));
  expect(FAILED).toContain(await USES[endpoint](simulated));
  expect(simulated.internet.requestsTo("elsewhere.example")).toEqual([]);
});

const faults: readonly NetworkFault["kind"][] = [
  "refused",
  "dns",
  "certificate",
  "reset_before",
  "reset_after",
  "hang",
];

test.each(faults)("S-141 S-142 a connection that is %s ends every call in a typed outcome", async (kind) => {
  const simulated = await simulateSignIn();
  const { provider, idp, internet, passDeadline } = simulated;
  const { url, transaction } = await provider.beginLogin();
  const rawQuery = await idp.signIn(url);
  const fault = { kind } as NetworkFault;
  internet.fault(IDP_HOST, fault);
  const calls: readonly (() => Promise<{ readonly kind: string }>)[] = [
    () => provider.finishLogin(rawQuery, transaction),
    () => provider.userinfo({ accessToken: "a", sub: "ada" }),
    () => provider.validate({ accessToken: "a", resource: "" }),
    () => provider.revoke("a"),
  ];
  for (const call of calls) {
    expect(await (kind === "hang" ? passDeadline(call()) : call())).toMatchObject({ kind: "unavailable" });
  }
  const cold = await simulateSignIn();
  cold.internet.fault(IDP_HOST, fault);
  const discovering = USES.metadata(cold);
  expect(await (kind === "hang" ? cold.passDeadline(discovering) : discovering)).toBe(
    kind === "certificate" ? "metadata_invalid" : "provider_unreachable",
  );
});
