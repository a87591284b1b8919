import { createServer } from "node:http";
import { createBff } from "@coatcheck/bff";
import { createNodeListener, createNodePorts } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";

const ledger = createSqliteLedger({ file: "ledger.sqlite" });
const bff = createBff(
  {
    publicOrigin: "https://app.example.com",
    cookieKeys: [process.env["COOKIE_KEY"] ?? ""],
    provider: {
      preset: "oidc",
      issuer: "https://id.example.com",
      clientId: "my-app",
      clientSecret: process.env["OAUTH_CLIENT_SECRET"] ?? "",
      scope: "openid profile email",
    },
    routes: [{ prefix: "/api/notes", upstream: "https://notes.internal/v1" }],
  },
  createNodePorts({ ledger }),
);

const app = new Hono();
app.route("/", bff.app); // answers /bff, /api/notes and the health checks; the rest falls through
app.get("/hello", (c) => c.text("Your own routes stay as they are."));

createServer(createNodeListener(bff, getRequestListener(app.fetch))).listen(3000);
