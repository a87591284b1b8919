import type { Provider } from "oidc-provider";

/** Something that this server handed out or was shown, and that no page, log or store may ever show. */
export interface IssuedSecret {
  readonly kind: "access token" | "refresh token" | "id token" | "authorization code" | "code verifier";
  readonly value: string;
}

/** How many are remembered; the oldest go first. */
const MOST_SECRETS = 100_000;

/** Remembers every token, code and verifier of the token endpoint, so that a test can search for them afterwards. */
export function rememberIssuedSecrets(provider: Provider): () => readonly IssuedSecret[] {
  const secrets = new Map<string, IssuedSecret>();

  function remember(kind: IssuedSecret["kind"], value: unknown): void {
    if (typeof value !== "string") return;
    secrets.set(value, { kind, value });
    for (const oldest of secrets.keys()) {
      if (secrets.size <= MOST_SECRETS) break;
      secrets.delete(oldest);
    }
  }

  provider.on("grant.success", (ctx) => {
    const body = (ctx.body ?? {}) as Readonly<Record<string, unknown>>;
    remember("access token", body["access_token"]);
    remember("refresh token", body["refresh_token"]);
    remember("id token", body["id_token"]);
    remember("authorization code", ctx.oidc.params?.["code"]);
    remember("code verifier", ctx.oidc.params?.["code_verifier"]);
  });
  return () => [...secrets.values()];
}
