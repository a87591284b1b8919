import { createBff } from "@coatcheck/bff";
import { createNodePorts } from "@coatcheck/bff/node";
import { createSqliteLedger } from "@coatcheck/tokens/sqlite";
import { Hono } from "hono";

/** The API that tokens are for, as the provider and the API itself name it. */
export const NOTES_RESOURCE = "https://notes.example";

/** The server: the BFF, and routes of your own beside it. */
export function createServerApp(env: NodeJS.ProcessEnv) {
  const { PUBLIC_ORIGIN = "", COOKIE_KEY = "", OIDC_ISSUER = "", NOTES_API = "" } = env;
  const { OAUTH_CLIENT_ID = "", OAUTH_CLIENT_SECRET = "" } = env;
  const bff = createBff(
    {
      publicOrigin: PUBLIC_ORIGIN,
      cookieKeys: [COOKIE_KEY],
      provider: {
        issuer: OIDC_ISSUER,
        clientId: OAUTH_CLIENT_ID,
        clientSecret: OAUTH_CLIENT_SECRET,
        scope: "openid profile email notes",
      },
      routes: [{ prefix: "/api/notes", upstream: `${NOTES_API}/notes`, resource: NOTES_RESOURCE }],
      // Development only: plain http on this machine.
      ...(PUBLIC_ORIGIN.startsWith("http://localhost") ? { dangerouslyAllowHttp: "loopback" } : {}),
    },
    createNodePorts({ ledger: createSqliteLedger({ file: env["LEDGER_FILE"] ?? "ledger.sqlite" }) }),
  );
  const app = new Hono();
  app.route("/", bff.app);
  return { bff, app };
}
