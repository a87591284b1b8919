import type { Provider } from "oidc-provider";

/** Which secrets clients may show just now: one that is being rotated has two for a while, as most providers allow. */
export interface ClientSecrets {
  /** @param secrets `null`: the one that it was registered with */
  set(clientId: string, secrets: readonly string[] | null): void;
  reset(): void;
}

/** @see https://github.com/panva/node-oidc-provider/tree/main/docs#client-authentication-methods */
export function watchClientSecrets({ Client }: Provider): ClientSecrets {
  const changed = new Map<string, readonly string[]>();
  const { prototype } = Client as unknown as { readonly prototype: ComparesSecrets };
  const compareRegistered = prototype.compareClientSecret;
  prototype.compareClientSecret = function compareClientSecret(actual) {
    return changed.get(this.clientId)?.includes(actual) ?? compareRegistered.call(this, actual);
  };
  return {
    set(clientId, secrets) {
      if (secrets === null) changed.delete(clientId);
      else changed.set(clientId, secrets);
    },
    reset: () => changed.clear(),
  };
}

interface ComparesSecrets {
  readonly clientId: string;
  compareClientSecret: (this: ComparesSecrets, actual: string) => boolean | Promise<boolean>;
}
