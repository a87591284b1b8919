import { BFF_PATHS } from "@coatcheck/contract";
import type { DevIdpControl } from "@coatcheck/dev-idp";
import { sweep, type Evidence, type Finding, type Secret } from "./secret-sweep.ts";

/** What tokens look like, wherever they come from. */
const SHAPES: readonly { readonly name: string; readonly like: RegExp }[] = [
  { name: "something like a JWT", like: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/ },
  { name: "a token in JSON", like: /"(access|refresh|id)_token"\s*:\s*"[^"]{8,}"/ },
];

/**
 * Searches what a page could see for tokens: every one that the development provider issued, and, on the app's own origin, what
 * looks like one.
 */
export async function findTokens(
  evidence: readonly Evidence[],
  {
    appUrl,
    control,
    secrets,
  }: {
    readonly appUrl: string;
    readonly control: DevIdpControl | undefined;
    readonly secrets: readonly string[];
  },
): Promise<readonly Finding[]> {
  const issued = (await control?.issuedSecrets()) ?? [];
  const known: Secret[] = [
    ...issued.map(({ kind, value }) => ({ name: kind, value })),
    ...secrets.map((value, index) => ({ name: `secret ${index} of the options`, value })),
  ];
  const ofApp = evidence.filter(({ where }) => where.includes(appUrl) || !where.includes("://"));
  const shaped = SHAPES.flatMap(({ name, like }) =>
    ofApp
      // Whose redirect carries the hint of a sign-out, an ID token by its specification (RP-Initiated Logout 1.0, 2).
      .filter(({ where, text }) => like.test(text) && !where.endsWith(BFF_PATHS.logoutProvider))
      .map(({ where }) => ({ secret: name, where })),
  );
  return [...sweep(known, evidence), ...shaped];
}
