import type { Provider } from "@coatcheck/oauth";
import type { TokenKeeper } from "@coatcheck/tokens";
import type { ProviderPlan } from "../config/bff-settings.ts";
import { DEFAULT_PROVIDER } from "./provider-path.ts";

/** One provider, with everything that is its own: its client, and the keeper of the tokens that it gave. */
export interface SignInProvider extends ProviderPlan {
  readonly provider: Provider;
  readonly keeper: TokenKeeper;
}

/** What names its provider: a session, or a sign-in that is under way. Without a name it is the default one's. */
export interface OfProvider {
  readonly provider?: string;
}

/** All providers of a BFF. */
export interface SignInProviders {
  /** The default one first. */
  readonly all: readonly [SignInProvider, ...SignInProvider[]];
  /** Whose a session is. @throws {TypeError} for a name that nobody has: what is read from cookies is checked there */
  of(owned: OfProvider): SignInProvider;
}

export function createSignInProviders(all: SignInProviders["all"]): SignInProviders {
  const [first] = all;
  const byName = new Map(all.map((one) => [one.name, one]));
  return {
    all,
    of({ provider: name = DEFAULT_PROVIDER }) {
      const found = name === DEFAULT_PROVIDER ? first : byName.get(name);
      if (found === undefined) throw new TypeError("a session names a provider that isn't configured");
      return found;
    },
  };
}

/** How a session, or a sign-in that is under way, names its provider: the default one by nothing, as before there were others. */
export function ofProvider({ name }: Pick<SignInProvider, "name">): OfProvider {
  return name === DEFAULT_PROVIDER ? {} : { provider: name };
}
