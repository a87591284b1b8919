import { createBff } from "@coatcheck/bff";
import { createNodePorts, serve } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { Hono } from "hono";
import { logger } from "hono/logger";

const { PUBLIC_ORIGIN = "", COOKIE_KEY = "", API_URL = "" } = process.env;
const { OIDC_ISSUER = "", OAUTH_CLIENT_ID = "", OAUTH_CLIENT_SECRET = "" } = process.env;

const bff = createBff(
  {
    publicOrigin: PUBLIC_ORIGIN, // "https://app.example.com": where browsers see this app
    cookieKeys: [COOKIE_KEY], // `npx @coatcheck/server keygen` makes one
    provider: {
      preset: "oidc",
      issuer: OIDC_ISSUER,
      clientId: OAUTH_CLIENT_ID,
      clientSecret: OAUTH_CLIENT_SECRET,
      scope: "openid profile email",
    },
    routes: [{ prefix: "/api/notes", upstream: API_URL }],
    // Development only: plain http on this machine.
    ...(PUBLIC_ORIGIN.startsWith("http://localhost") ? { dangerouslyAllowHttp: "loopback" } : {}),
  },
  createNodePorts({ ledger: createSqliteLedger({ file: "ledger.sqlite" }) }),
);

const app = new Hono();
app.use(logger()); // yours, around everything, API calls included
app.route("/", bff.app); // answers /bff, /api/notes and the health checks; the rest falls through
app.get("/hello", bff.session(), (c) => c.text(c.var.session.state === "active" ? "Hello again." : "Hello."));

// Ready before it listens, drained before it ends: a deploy in the middle of a refresh costs no session.
const { port } = await serve(bff, app, { port: Number(process.env["PORT"] ?? 3000) });
process.stdout.write(`Listening on ${port}.\n`);
