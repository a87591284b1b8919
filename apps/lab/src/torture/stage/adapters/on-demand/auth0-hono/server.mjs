import { auth } from "@auth0/auth0-hono";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

/** The README's example, with a route that calls an API with `getAccessToken`, which refreshes; the API is the provider's UserInfo. */
const { ISSUER, APP_ORIGIN, CLIENT_ID, CLIENT_SECRET, SECRET, PORT } = process.env;

const app = new Hono();
app.use(
  auth({
    domain: new URL(ISSUER).host,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    baseURL: APP_ORIGIN,
    session: { secret: SECRET },
  }),
);
app.get("/", (c) => c.text("Hello"));
app.get("/api/me", async (c) => {
  const { accessToken } = await c.var.auth0Client.getAccessToken(c);
  const profile = await fetch(new URL("/me", ISSUER), {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  return c.json(await profile.json(), profile.status);
});

serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, () =>
  process.stdout.write("listening\n"),
);
