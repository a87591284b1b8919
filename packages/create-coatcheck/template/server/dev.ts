import { serve } from "@coatcheck/bff/node";
import { createDevIdp } from "@coatcheck/dev-idp";
import { createServer } from "vite";
import { createServerApp, NOTES_RESOURCE } from "./app.ts";
import { startNotesApi } from "./notes-api.ts";

// Development: everything on this machine. The page comes from Vite, which passes the rest on to the server.
const { PUBLIC_ORIGIN = "", OIDC_ISSUER = "", NOTES_API = "" } = process.env;
const { OAUTH_CLIENT_ID = "", OAUTH_CLIENT_SECRET = "" } = process.env;

await createDevIdp({
  port: Number(new URL(OIDC_ISSUER).port),
  clients: [{ clientId: OAUTH_CLIENT_ID, clientSecret: OAUTH_CLIENT_SECRET, appOrigin: PUBLIC_ORIGIN }],
  resources: [{ indicator: NOTES_RESOURCE, scopes: ["notes"] }],
  users: "dev-users.json",
  appName: OAUTH_CLIENT_ID,
});
startNotesApi(NOTES_API, OIDC_ISSUER, NOTES_RESOURCE);

const { bff, app } = createServerApp(process.env);
const { port } = await serve(bff, app, { port: 0, host: "127.0.0.1" });

// The Host header stays the browser's: the server answers under its own name only.
const server = { target: `http://127.0.0.1:${port}`, changeOrigin: false };
const vite = await createServer({
  server: {
    port: Number(new URL(PUBLIC_ORIGIN).port),
    strictPort: true,
    // `ws`: Vite passes on WebSockets of the APIs, too (`websocket: true` of a route).
    proxy: { "/bff": server, "/api": { ...server, ws: true }, "/readyz": server },
  },
});
await vite.listen();

console.log(`
  App        ${PUBLIC_ORIGIN}
  Provider   ${OIDC_ISSUER} (open it to break it on purpose)
  Sign in as ada or ines, password ticket
`);
