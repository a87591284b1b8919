import { metadataMember } from "@coatcheck/testkit";
import { expect, test } from "vitest";
import { ISSUER, simulateSignIn } from "../simulated-sign-in.fixture.ts";
import { describeIssuerDifference } from "./issuer-difference.ts";

const TENANT = "https://login.microsoftonline.com/8f6b/v2.0";

test.each<[found: unknown, configured: string, difference: string, fix: string]>([
  // The end
  [
    "https://a.example/",
    "https://a.example",
    "slash at the end is missing",
    "set OIDC_ISSUER=https://a.example/",
  ],
  [
    "https://a.example",
    "https://a.example/",
    "slash at the end is too much",
    "set OIDC_ISSUER=https://a.example.",
  ],
  [
    "https://a.example/x/",
    "https://a.example/x",
    "slash at the end is missing",
    "set OIDC_ISSUER=https://a.example/x/",
  ],
  [
    "https://a.example/x",
    "https://a.example/x/",
    "slash at the end is too much",
    "set OIDC_ISSUER=https://a.example/x.",
  ],
  // The path
  [
    "https://a.example/realms/r",
    "https://a.example",
    'path "/realms/r" is missing',
    "set OIDC_ISSUER=https://a.example/realms/r",
  ],
  ["https://a.example/realms/r", "https://a.example/", 'path "/realms/r" is missing', "set OIDC_ISSUER="],
  [
    "https://a.example/auth/realms/r",
    "https://a.example/auth/",
    'path "/realms/r" is missing',
    "set OIDC_ISSUER=",
  ],
  [
    "https://a.example/x/v2.0",
    "https://a.example/x",
    'path "/v2.0" is missing',
    "set OIDC_ISSUER=https://a.example/x/v2.0",
  ],
  ["https://a.example", "https://a.example/x", 'path "/x" is too much', "set OIDC_ISSUER=https://a.example"],
  [
    "https://a.example/realms/r",
    "https://a.example/auth/realms/r",
    'path "/realms/r" instead of "/auth/realms/r"',
    "set OIDC_ISSUER=",
  ],
  [
    "https://a.example/realms/R",
    "https://a.example/realms/r",
    "upper and lower case in the path",
    "set OIDC_ISSUER=https://a.example/realms/R",
  ],
  [
    "https://a.example/r%20s",
    "https://a.example/r s",
    "spelled in another way",
    "set OIDC_ISSUER=https://a.example/r%20s",
  ],
  // The host
  [
    "http://localhost:8080/r",
    "http://127.0.0.1:8080/r",
    "same machine, but host localhost instead of 127.0.0.1",
    "set OIDC_ISSUER=http://localhost:8080/r",
  ],
  [
    "http://127.0.0.1:8080/r",
    "http://localhost:8080/r",
    "same machine, but host 127.0.0.1 instead of localhost",
    "set OIDC_ISSUER=http://127.0.0.1:8080/r",
  ],
  [
    "http://[::1]:8080/r",
    "http://localhost:8080/r",
    "same machine, but host [::1] instead of localhost",
    "set OIDC_ISSUER=http://[::1]:8080/r",
  ],
  [
    "https://b.example/r",
    "https://a.example/r",
    "host b.example instead of a.example",
    "set OIDC_ISSUER=https://b.example/r, or have the provider call itself",
  ],
  ["https://A.example", "https://a.example", "upper and lower case", "set OIDC_ISSUER=https://A.example"],
  ["HTTPS://a.example", "https://a.example", "upper and lower case", "set OIDC_ISSUER=HTTPS://a.example"],
  // Scheme and port
  [
    "http://a.example/r",
    "https://a.example/r",
    "scheme http instead of https",
    'have the provider call itself "https://a.example/r"',
  ],
  [
    "https://127.0.0.1:8443/r",
    "http://127.0.0.1:8443/r",
    "scheme https instead of http",
    "set OIDC_ISSUER=https://127.0.0.1:8443/r",
  ],
  [
    "https://a.example:8443/r",
    "https://a.example/r",
    "port 8443 instead of 443",
    "set OIDC_ISSUER=https://a.example:8443/r",
  ],
  [
    "https://a.example/r",
    "https://a.example:8443/r",
    "port 443 instead of 8443",
    "set OIDC_ISSUER=https://a.example/r",
  ],
  [
    "https://a.example:443/r",
    "https://a.example/r",
    "port that needn't be written",
    "set OIDC_ISSUER=https://a.example:443/r",
  ],
  [
    "http://keycloak:8080/realms/r",
    "https://sso.example/realms/r",
    "scheme http instead of https, host keycloak instead of sso.example, port 8080 instead of 443",
    "KC_HOSTNAME",
  ],
  // What is no issuer
  [undefined, "https://a.example", "names no issuer", "correct OIDC_ISSUER"],
  ["a.example", "https://a.example", "no address", "correct the issuer at the provider"],
  ["", "https://a.example", "no address", "correct the issuer at the provider"],
  [null, "https://a.example", "calls itself null", "correct the issuer at the provider"],
  [7, "https://a.example", "calls itself 7", "correct the issuer at the provider"],
  [
    ["https://a.example"],
    "https://a.example",
    'calls itself ["https://a.example"]',
    "correct the issuer at the provider",
  ],
  ["https://a.example?x=y", "https://a.example", "holds a query", "have the provider call itself"],
  ["https://a.example#x", "https://a.example", "holds a fragment", "have the provider call itself"],
  ["https://ada:secret@a.example", "https://a.example", "holds a user name", "have the provider call itself"],
  [
    "https://login.microsoftonline.com/{tenantid}/v2.0",
    "https://login.microsoftonline.com/common/v2.0",
    "template for many tenants",
    "<tenant id>",
  ],
  [
    "https://sts.windows.net/8f6b/",
    TENANT,
    "host sts.windows.net instead of login.microsoftonline.com",
    "set OIDC_ISSUER=https://sts.windows.net/8f6b/",
  ],
])("tells %j from %s: %s", (found, configured, difference, fix) => {
  const advice = describeIssuerDifference(found, configured, { allowLoopbackHttp: true });
  expect(advice).toContain(difference);
  expect(advice).toContain(fix);
  expect(advice).toContain(JSON.stringify(configured));
  expect(advice).not.toContain("secret");
  // One sentence in one line, in characters that no log takes for anything else.
  expect(advice).toMatch(/^[\x20-\x7e]+\.$/u);
});

test("a provider's own text stays one short piece of the line", () => {
  const found = `https://a.example/\r\n\u001b[31mx\u202e${"y".repeat(5_000)}`;
  const advice = describeIssuerDifference(found, "https://a.example", { allowLoopbackHttp: false });
  expect(advice).toMatch(/^[\x20-\x7e]+$/u);
  expect(advice.length).toBeLessThan(1_000);
});

test("the log line of a failed discovery has it", async () => {
  const { provider, idp, events } = await simulateSignIn();
  idp.lie(metadataMember("issuer", `${ISSUER}/`));
  await expect(provider.discover()).rejects.toMatchObject({ code: "metadata_invalid" });
  expect(events).toEqual([
    {
      event: "metadata_failed",
      issuer: ISSUER,
      reason: "issuer_mismatch",
      usingStale: false,
      advice: `The provider calls itself "${ISSUER}/", and OIDC_ISSUER says "${ISSUER}" (the slash at the end is missing in OIDC_ISSUER): set OIDC_ISSUER=${ISSUER}/.`,
    },
  ]);
});
