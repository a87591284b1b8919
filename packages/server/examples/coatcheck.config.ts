import { defineConfig } from "@coatcheck/server";

// `npx @coatcheck/server serve --config coatcheck.config.ts`; COOKIE_KEYS and OAUTH_CLIENT_SECRET come from the environment.
export default defineConfig({
  publicOrigin: "https://app.example.com",
  provider: {
    issuer: "https://id.example.com",
    clientId: "my-app",
    scope: "openid profile email offline_access",
  },
  routes: [
    { prefix: "/api/notes", upstream: "https://notes.internal/v1" },
    { prefix: "/api/admin", upstream: "https://admin.internal", scopes: ["admin"], maxAgeSeconds: 900 },
  ],
  server: { port: 3000, instances: 1, webRoot: "dist" },
});
