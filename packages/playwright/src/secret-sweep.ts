/** One secret that existed during the run; `name` is what a report may show. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** One place where the page, a log reader or a bundle reader could have seen it. */
export interface Evidence {
  readonly where: string;
  readonly text: string;
}

/** A secret that was seen. Never holds the secret. */
export interface Finding {
  readonly secret: string;
  readonly where: string;
}

/** A place where a secret must be for the protocol to work. */
export interface Exemption {
  readonly secret: RegExp;
  readonly where: RegExp;
  readonly reason: string;
}

export const EXEMPTIONS: readonly Exemption[] = [
  {
    secret: /^authorization code/,
    where: /callback|^response headers \S+\/auth(\/|$)/,
    reason: "the provider hands the code over through the browser (RFC 6749 section 4.1.2)",
  },
  {
    secret: /^id token/,
    where: /logout\/provider|end_session|session\/end/,
    reason: "the hint that RP-initiated logout sends through the browser",
  },
];

/**
 * Searches every secret, as it is, URL-encoded and in base64, in all evidence.
 *
 * Values under 12 characters are refused: they would be found by accident, and a run that has such a secret is broken.
 */
export function sweep(
  secrets: readonly Secret[],
  evidence: readonly Evidence[],
  exemptions: readonly Exemption[] = EXEMPTIONS,
): Finding[] {
  const short = secrets.filter((secret) => secret.value.length < 12);
  if (short.length > 0)
    throw new Error(`Too short to search for: ${short.map((secret) => secret.name).join(", ")}`);
  return secrets.flatMap((secret) => {
    const forms = encodedForms(secret.value);
    return evidence
      .filter((item) => forms.some((form) => item.text.includes(form)))
      .filter(
        (item) =>
          !exemptions.some(
            (exemption) => exemption.secret.test(secret.name) && exemption.where.test(item.where),
          ),
      )
      .map((item) => ({ secret: secret.name, where: item.where }));
  });
}

/** A secret inside base64 text stands at one of three alignments; the ends depend on the neighbours and are left out. */
function encodedForms(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  const aligned = [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
    const inner = (text: string): string => text.replaceAll("=", "").slice(offset === 0 ? 0 : 4, -4);
    return [inner(whole.toString("base64")), inner(whole.toString("base64url"))];
  });
  return [...new Set([value, encodeURIComponent(value), ...aligned])].filter((form) => form.length >= 10);
}
