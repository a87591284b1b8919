import type { ProviderConfigProblem } from "./provider-config.ts";

/** What a parameter of signing out may be made of. */
export interface EndSessionValues {
  readonly client_id: string;
  readonly post_logout_redirect_uri: string;
  readonly state: string;
  /** `""` where there is none to send; the same for those below. */
  readonly id_token_hint: string;
  readonly logout_hint: string;
  readonly ui_locales: string;
}

const VALUE_NAMES = [
  "client_id",
  "post_logout_redirect_uri",
  "state",
  "id_token_hint",
  "logout_hint",
  "ui_locales",
] as const satisfies readonly (keyof EndSessionValues)[];

const PLACEHOLDER = new RegExp(`\\{(${VALUE_NAMES.join("|")})\\}`, "g");

/** @see OpenID Connect RP-Initiated Logout section 2 */
const STANDARD_PARAMETERS = Object.fromEntries(VALUE_NAMES.map((name) => [name, `{${name}}`]));

/** Parameters by name; a value may hold `{client_id}` and the like, and `""` leaves the parameter out. */
type EndSessionParameters = Readonly<Record<string, string>>;

/** Fills in what each sign-out sends: the standard parameters, changed by the preset's, changed by the configuration's. */
export function fillEndSessionParameters(
  values: EndSessionValues,
  ...changes: readonly EndSessionParameters[]
): Readonly<Record<string, string>> {
  const templates = Object.assign({}, STANDARD_PARAMETERS, ...changes) as EndSessionParameters;
  const filled = Object.entries(templates).map(([name, template]) => [name, fill(template, values)] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== ""));
}

function fill(template: string, values: EndSessionValues): string {
  return template.replaceAll(PLACEHOLDER, (_, name: keyof EndSessionValues) => values[name]);
}

/** Which names and values can't be sent, and what to write instead. */
export function endSessionParameterProblems(parameters: unknown): readonly ProviderConfigProblem[] {
  const problem = (name: string, fix: string) => ({ field: `endSessionParameters${name}`, fix });
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
    return [problem("", "give an object of names and texts.")];
  }
  return Object.entries(parameters).flatMap(([name, template]) => {
    if (!/^[\w.-]+$/.test(name)) return [problem("", "use letters, digits, _, . and - in names.")];
    return typeof template === "string" && !/[{}]/.test(template.replaceAll(PLACEHOLDER, ""))
      ? []
      : [problem(`.${name}`, `write a text; in braces only ${VALUE_NAMES.join(", ")}.`)];
  });
}
