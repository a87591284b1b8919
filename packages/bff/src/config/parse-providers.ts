import { BFF_PATHS } from "@coatcheck/contract";
import { authorizationParameterProblems, parseProviderConfig } from "@coatcheck/oauth";
import type { ProviderConfig, ProviderSettings } from "@coatcheck/oauth";
import { DEFAULT_PROVIDER, providerPath } from "../providers/provider-path.ts";
import type { ProviderPlan } from "./bff-settings.ts";
import { collect } from "./collect-problems.ts";
import type { Add, FilledConfig } from "./collect-problems.ts";
import { revealSecret } from "./secret.ts";

/** A provider as it was written, with what it is called and where it stands. */
interface Written {
  readonly name: string;
  readonly path: string;
  readonly settings: FilledConfig["provider"];
}

/**
 * What any sign-in link may hand to the provider. `audience` and `organization` choose among what the provider lets this client
 * and this person have, which anybody could do in the provider's own address: they keep nobody out.
 */
const LOGIN_PARAMETERS = [
  "audience",
  "domain_hint",
  "kc_idp_hint",
  "login_hint",
  "organization",
  "screen_hint",
  "ui_locales",
] as const;

/** Shorter client secrets, and these words, are samples from a manual. */
const MIN_SECRET_LENGTH = 8;
const SAMPLE_SECRET = /^(?:change.?me|your.*|client.?secret|example.*|password|<.*>|x+|\*+)$/iu;

/** It stands in paths and in names of variables. */
const NAME = /^[a-z](?:-?[a-z\d]){0,31}$/u;

interface PlannedProvider {
  readonly plan: ProviderPlan;
  /** With everything that its preset and its profile fill in; `undefined`: it can't be used, which has been said. */
  readonly checked: ProviderSettings | undefined;
}

/** Checks every provider by itself, and that no two of them can be taken for one another. The default one is the first. */
export function parseProviders(
  filled: FilledConfig,
  origin: string,
  add: Add,
): readonly [PlannedProvider, ...PlannedProvider[]] {
  const { provider, providers } = filled;
  const first = { name: DEFAULT_PROVIDER, path: "provider", settings: provider };
  const others = Object.entries(providers).map(([name, settings]) => {
    const path = `providers.${name}`;
    if (!NAME.test(name) || name === DEFAULT_PROVIDER)
      add(path, "name it with lower-case letters, digits and single hyphens, and not `default`");
    return { name, path, settings };
  });
  const known = new Set<string>();
  function plan(written: Written): PlannedProvider {
    const { name, path, settings } = written;
    for (const { fix } of authorizationParameterProblems("", settings.loginParameters))
      add(`${path}.loginParameters`, fix);
    const config = providerConfig(written, filled, origin, add);
    const parsed = collect(
      () => parseProviderConfig(config),
      (field, fix) => add(`${path}.${field}`, fix),
    );
    const issuer = parsed?.issuer ?? "";
    // Who differs by a slash alone is one provider, spelled wrong once.
    const identity = issuer.toLowerCase().replace(/\/+$/u, "");
    // Two with one issuer would share its subjects and sessions: one's sign-out would end the other's.
    if (issuer !== "" && known.has(identity))
      add(
        `${path}.issuer`,
        "name each issuer once: two providers with one can't be told apart by what it signs",
      );
    known.add(identity);
    const planned: ProviderPlan = {
      name,
      label: settings.label ?? URL.parse(issuer)?.host ?? name,
      config,
      boundCertificate: parsed?.certificateBoundTokens === true ? parsed.certificate : undefined,
      loginParameters: [
        // What configuration sets for every sign-in, a link changes only where configuration names it.
        ...LOGIN_PARAMETERS.filter(
          (parameter) => settings.authorizationParameters?.[parameter] === undefined,
        ),
        ...settings.loginParameters,
      ],
    };
    return { plan: planned, checked: parsed };
  }
  return [plan(first), ...others.map(plan)];
}

function providerConfig(
  { name, path, settings }: Written,
  { routes, security, dangerouslyAllowHttp, basePath = "" }: FilledConfig,
  origin: string,
  add: Add,
): ProviderConfig {
  const {
    label: _label,
    extraResources,
    loginParameters: _,
    clientSecret: secret,
    clientKeys,
    clientCertificate,
    clientCertificateKey,
    ...provider
  } = settings;
  const clientSecret = secret === undefined ? undefined : revealSecret(secret);
  if (
    clientSecret !== undefined &&
    (clientSecret.length < MIN_SECRET_LENGTH || SAMPLE_SECRET.test(clientSecret))
  ) {
    add(`${path}.clientSecret`, "write the one that the provider gave: this is a sample, or too short");
  }
  const ofRoutes = routes
    .filter(({ providers }) => providers === undefined || providers.includes(name))
    .flatMap(({ resource }) => resource ?? []);
  return {
    ...provider,
    security,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(clientKeys === undefined ? {} : { clientKeys: revealSecret(clientKeys) }),
    ...(clientCertificate === undefined ? {} : { clientCertificate: revealSecret(clientCertificate) }),
    ...(clientCertificateKey === undefined
      ? {}
      : { clientCertificateKey: revealSecret(clientCertificateKey) }),
    resources: [...new Set([...ofRoutes, ...extraResources])],
    // A name that is no part of a path is refused by itself.
    redirectUri:
      origin + basePath + providerPath(BFF_PATHS.callback, NAME.test(name) ? name : DEFAULT_PROVIDER),
    postLogoutRedirectUri: `${origin}${basePath}/`,
    ...(dangerouslyAllowHttp === undefined ? {} : { dangerouslyAllowHttp }),
  };
}
