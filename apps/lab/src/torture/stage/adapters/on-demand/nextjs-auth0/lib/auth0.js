import { Auth0Client } from "@auth0/nextjs-auth0/server";

/** Configured by the environment, as the README says; the provider of a test has no TLS. */
export const auth0 = new Auth0Client({ allowInsecureRequests: true });
