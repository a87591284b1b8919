import { defineConfig } from "@coatcheck/server";

const { ADMIN_CLIENT_SECRET = "" } = process.env;

// What stands here or in the environment is for all of them; COOKIE_KEYS and OAUTH_CLIENT_SECRET come from there.
export default defineConfig({
  publicOrigin: "https://app.example.com",
  provider: { issuer: "https://id.example.com", clientId: "shop" },
  frontends: {
    shop: {
      webRoot: "shop/dist",
      routes: [{ prefix: "/api/orders", upstream: "https://orders.internal" }],
    },
    admin: {
      basePath: "/admin",
      webRoot: "admin/dist",
      provider: {
        issuer: "https://staff.example.com",
        clientId: "admin",
        clientSecret: ADMIN_CLIENT_SECRET,
      },
      session: { idleTimeoutSeconds: 600 },
      routes: [{ prefix: "/api/people", upstream: "https://people.internal" }],
    },
    partners: { publicOrigin: "https://partners.example.com", webRoot: "partners/dist", routes: [] },
  },
  server: { instances: 1 },
});
