import { serve } from "@hono/node-server";
import { getAuth, oidcAuthMiddleware, processOAuthCallback } from "@hono/oidc-auth";
import { Hono } from "hono";
import { proxy } from "hono/proxy";

/** The README's example, with a second route that answers JSON. Configured by the environment, as the README says. */
const app = new Hono();
app.get("/callback", (c) => processOAuthCallback(c));
app.use("*", oidcAuthMiddleware());
app.get("/login", (c) => c.redirect("/"));
app.get("/", (c) => c.text("Hello"));
app.get("/api/me", async (c) => {
  const auth = await getAuth(c);
  return c.json({ email: auth?.email });
});
const { UPSTREAM: upstream } = process.env;
if (upstream !== undefined) {
  app.all("/api/bench/*", (c) => proxy(upstream + c.req.path.slice("/api/bench".length), { raw: c.req.raw }));
}

serve({ fetch: app.fetch, port: Number(process.env["PORT"]), hostname: "127.0.0.1" }, () => {
  console.log("listening");
});
