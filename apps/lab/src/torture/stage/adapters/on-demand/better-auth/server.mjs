import { DatabaseSync } from "node:sqlite";
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { genericOAuth } from "better-auth/plugins";
import { Hono } from "hono";

/**
 * As the documentation sets up a generic OAuth provider, with Hono and SQLite. The route gets a token by
 * `auth.api.getAccessToken`, which refreshes, and calls the provider's UserInfo with it.
 */
const { ISSUER, APP_ORIGIN, CLIENT_ID, CLIENT_SECRET, SECRET, PORT, DATABASE_FILE } = process.env;

const auth = betterAuth({
  baseURL: APP_ORIGIN,
  secret: SECRET,
  // Without the timeout, two writers at once would fail instead of waiting for each other.
  database: new DatabaseSync(DATABASE_FILE, { timeout: 5_000 }),
  plugins: [
    genericOAuth({
      config: [
        {
          providerId: "torture",
          discoveryUrl: `${ISSUER}/.well-known/openid-configuration`,
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          scopes: ["openid", "profile", "email"],
          pkce: true,
          tokenEndpointAuth: { method: "client_secret_basic" },
        },
      ],
    }),
  ],
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();

const app = new Hono();
app.get("/", (c) => c.text("Hello"));
app.get("/login", async (c) => {
  const answer = await auth.api.signInSocial({
    body: { provider: "torture", callbackURL: "/" },
    headers: c.req.raw.headers,
    asResponse: true,
  });
  const { url } = await answer.json();
  for (const cookie of answer.headers.getSetCookie()) c.header("set-cookie", cookie, { append: true });
  return c.redirect(url);
});
app.get("/api/me", async (c) => {
  const { headers } = c.req.raw;
  if ((await auth.api.getSession({ headers })) === null) return c.json({}, 401);
  const accounts = await auth.api.listUserAccounts({ headers });
  const account = accounts.find(({ providerId }) => providerId === "torture");
  const { accessToken } = await auth.api.getAccessToken({ body: { accountId: account.id }, headers });
  const profile = await fetch(new URL("/me", ISSUER), {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return c.json(await profile.json(), profile.status);
});
app.on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));

serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, () =>
  process.stdout.write("listening\n"),
);
