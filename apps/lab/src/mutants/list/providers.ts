import type { Mutant } from "../mutation.ts";

/** What keeps several providers of one BFF, and several frontends of one server, apart. */
export const PROVIDER_MUTANTS: readonly Mutant[] = [
  {
    file: "packages/bff/src/routes/callback-route.ts",
    from: "begun.value.provider !== ofProvider(own).provider",
    to: 'begun.value.provider === ""',
    breaks: "S-132: an answer counts only at the address of the provider where its sign-in was begun",
    tests: ["packages/bff/src/providers-apart.test.ts"],
  },
  {
    file: "packages/bff/src/compose.ts",
    from: "[client.name, bound(client)]",
    to: "[client.name, bound(main)]",
    breaks: "S-132: a provider's sessions are sealed with keys of its own",
    tests: ["packages/bff/src/providers-apart.test.ts"],
  },
  {
    file: "packages/bff/src/session/session-value.ts",
    from: "provider === owner &&",
    to: "",
    breaks: "S-132: a session is of the provider whose keys sealed it",
    tests: ["packages/bff/src/providers-apart.test.ts"],
  },
  {
    file: "packages/bff/src/config/parse-providers.ts",
    from: "known.has(identity)",
    to: "known.has(issuer)",
    breaks: "S-132: two providers with one issuer are refused, a slash apart or not",
    tests: ["packages/bff/src/config/parse-bff-config.test.ts"],
  },
  {
    file: "packages/session/src/cookie-names.ts",
    from: "naming.basePath === undefined ?",
    to: "true ?",
    breaks: "S-132: a session of one frontend opens at no other of its origin",
    tests: ["packages/server/src/process/frontends.test.ts"],
  },
  {
    file: "packages/server/src/process/choose-frontend.ts",
    from: 'return rest.startsWith("/") ? rest : undefined;',
    to: "return rest;",
    breaks: "a frontend's path is a whole segment",
    tests: ["packages/server/src/process/frontends.test.ts"],
  },
  {
    file: "packages/server/src/environment/frontends.ts",
    from: "`${b}/`.startsWith(`${a}/`)",
    to: "b === a",
    breaks: "a frontend that matches twice is refused at start",
    tests: ["packages/server/src/environment/frontends.test.ts"],
  },
  {
    file: "packages/bff/src/api/exchanged-tokens.ts",
    from: "JSON.stringify([audience, resource, scope, token])",
    to: "JSON.stringify([audience, resource, scope])",
    breaks: "S-132: an exchanged token is its own person's",
    tests: ["packages/bff/src/exchanged-tokens.test.ts"],
  },
  {
    file: "packages/oauth/src/token-endpoint/exchange-token.ts",
    from: "!ISSUED.has(members.issued_token_type) ||",
    to: "",
    breaks: "what comes of a token exchange is an access token",
    tests: ["packages/oauth/src/token-endpoint/exchange-token.test.ts"],
  },
  {
    file: "packages/bff/src/routes/third-party-login-route.ts",
    from: "url.origin !== settings.publicOrigin ||",
    to: "",
    breaks: "S-008: another site's link leads to this application alone",
    tests: ["packages/bff/src/third-party-login.test.ts"],
  },
  {
    file: "packages/bff/src/routes/third-party-login-route.ts",
    from: "isSame && returnPaths.some((listed) => isUnder(pathname, listed))",
    to: "isSame",
    breaks: "S-008: another site's link leads to a listed place",
    tests: ["packages/bff/src/third-party-login.test.ts"],
  },
];
