import { defineConfig } from "@coatcheck/server";

// COOKIE_KEYS, OAUTH_CLIENT_SECRET and OAUTH_CLIENT_SECRET__PARTNER come from the environment.
export default defineConfig({
  publicOrigin: "https://app.example.com",
  provider: { issuer: "https://id.example.com", clientId: "my-app", label: "Employees" },
  providers: {
    partner: {
      issuer: "https://login.partner.example",
      clientId: "my-app-at-partner",
      label: "Partners",
    },
  },
  chooseProvider: "page",
  routes: [
    { prefix: "/api/notes", upstream: "https://notes.internal/v1", providers: ["default", "partner"] },
    { prefix: "/api/admin", upstream: "https://admin.internal", providers: ["default"] },
  ],
  server: { instances: 1 },
});
