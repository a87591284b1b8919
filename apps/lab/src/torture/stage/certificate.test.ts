import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDevIdp, createDevIdpControl, signInByForm } from "@coatcheck/dev-idp";
import { expect, it } from "vitest";
import { makeCertificate } from "./certificate.ts";

it("a provider at an https address of this machine's is reached, signed in at, and controlled", async () => {
  const folder = await mkdtemp(join(tmpdir(), "coatcheck-certificate-"));
  const host = "127.0.0.77";
  const { key, cert } = await makeCertificate(folder, host);
  const redirectUri = "http://localhost:3999/callback";
  const idp = await createDevIdp({
    host,
    tls: { key, cert },
    clients: [{ clientId: "a", clientSecret: "b".repeat(32), redirectUris: [redirectUri] }],
  });
  try {
    expect(idp.issuer).toBe(`https://${host}:${idp.port}`);
    const metadata = await (await fetch(`${idp.issuer}/.well-known/openid-configuration`)).json();
    expect(metadata).toMatchObject({ issuer: idp.issuer, token_endpoint: `${idp.issuer}/token` });
    const url = new URL(`${idp.issuer}/auth`);
    url.search = String(
      new URLSearchParams({
        client_id: "a",
        response_type: "code",
        scope: "openid",
        redirect_uri: redirectUri,
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        code_challenge_method: "S256",
      }),
    );
    const callback = await signInByForm({ authorizationUrl: url.href, username: "ada", password: "ticket" });
    expect(new URL(callback).searchParams.get("code")).toBeTypeOf("string");
    expect(await createDevIdpControl(idp.issuer).counters()).toMatchObject({ authorizations: 1 });
  } finally {
    await idp.close();
    await rm(folder, { recursive: true, force: true });
  }
});
