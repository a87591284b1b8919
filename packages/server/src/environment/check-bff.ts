import { parseBffConfig, revealSecret, type BffConfig } from "@coatcheck/bff/config";
import { readClientCertificate } from "@coatcheck/oauth/node";

interface BffProblem {
  readonly path: string;
  readonly fix: string;
}

/** Checks the configuration of one BFF, also what Node alone can read of it: at its start it would be said without the names of variables. */
export function checkBff(
  bff: BffConfig,
): { readonly kind: "ok" } | { readonly kind: "invalid"; readonly problems: readonly BffProblem[] } {
  const parsed = parseBffConfig(bff);
  if (parsed.kind === "invalid") return parsed;
  const problems = certificateProblems(bff);
  return problems.length === 0 ? { kind: "ok" } : { kind: "invalid", problems };
}

function certificateProblems({ provider, providers = {} }: BffConfig): readonly BffProblem[] {
  const further = Object.entries(providers).map(([name, one]) => [`providers.${name}`, one] as const);
  return [["provider", provider] as const, ...further].flatMap(([path, one]) => {
    const { clientCertificate: cert, clientCertificateKey: key } = one;
    if (cert === undefined || key === undefined) return [];
    const reading = readClientCertificate({ cert: revealSecret(cert), key: revealSecret(key) }, Date.now());
    if (reading.kind === "usable") return [];
    return [{ path: `${path}.${reading.problem.field}`, fix: reading.problem.fix }];
  });
}
