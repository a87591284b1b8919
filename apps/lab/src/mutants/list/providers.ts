import type { Mutant } from "../mutation.ts";

/** What keeps several providers of one BFF apart. */
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
];
