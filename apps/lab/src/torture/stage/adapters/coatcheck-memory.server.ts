import { createBff } from "@coatcheck/bff";
import { createNodePorts, serve } from "@coatcheck/bff/node";
import { createMemoryLedger } from "@coatcheck/tokens";
import { Hono } from "hono";

/** The README's Hono app, with a ledger in memory instead of a file. */
const {
  COOKIE_KEY = "",
  CLIENT_ID = "",
  CLIENT_SECRET = "",
  ISSUER = "",
  SCOPE = "",
  ROUTES = "[]",
  PUBLIC_ORIGIN = "",
} = process.env;

const bff = createBff(
  {
    publicOrigin: PUBLIC_ORIGIN,
    cookieKeys: [COOKIE_KEY],
    provider: {
      preset: "oidc",
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      scope: SCOPE,
    },
    routes: JSON.parse(ROUTES),
    dangerouslyAllowHttp: "loopback",
  },
  createNodePorts({
    ledger: createMemoryLedger({
      nowMs: Date.now,
      setTimeout,
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    }),
  }),
);

const app = new Hono();
app.route("/", bff.app);
app.get("/", (c) => c.text("Hello."));

await serve(bff, app, { port: Number(process.env["PORT"]), host: "127.0.0.1" });
console.log("listening");
