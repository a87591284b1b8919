import type { AuthorizationDetail, KoaContextWithOIDC, Provider } from "oidc-provider";

type Grant = InstanceType<Provider["Grant"]>;

/** The parameters of an authorization request, as far as they decide what is granted. */
export interface RequestedAccess {
  readonly scope: string;
  readonly resources: readonly string[];
  /** @see RFC 9396 */
  readonly details: readonly AuthorizationDetail[];
}

export function requestedAccess(params: Readonly<Record<string, unknown>>): RequestedAccess {
  const { scope, resource, authorization_details: details } = params;
  const resources = Array.isArray(resource) ? resource : [resource];
  return {
    scope: typeof scope === "string" ? scope : "",
    resources: resources.filter((value): value is string => typeof value === "string"),
    // oidc-provider has checked that it is a list of them.
    details: typeof details === "string" ? (JSON.parse(details) as AuthorizationDetail[]) : [],
  };
}

/** Adds everything that was asked for; scopes that an API doesn't know are dropped when its tokens are minted. */
export function addAccess(grant: Grant, access: RequestedAccess): void {
  grant.addOIDCScope(access.scope);
  for (const resource of access.resources) grant.addResourceScope(resource, access.scope);
  for (const detail of access.details) grant.addRar(detail);
}

/**
 * Finds the grant of this person's session for a client, and for first-party clients makes or widens it without asking.
 *
 * A session has one grant a client: signing in twice in one browser gives two refresh tokens of the same grant.
 */
export async function loadGrant(
  ctx: KoaContextWithOIDC,
  isFirstParty: (clientId: string) => boolean,
): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const clientId = oidc.client?.clientId;
  const accountId = oidc.session?.accountId;
  if (clientId === undefined || accountId === undefined) return undefined;
  const grantId = oidc.result?.consent?.grantId ?? oidc.session?.grantIdFor(clientId);
  const existing = grantId === undefined ? undefined : await oidc.provider.Grant.find(grantId);
  if (!isFirstParty(clientId)) return existing;
  const grant = existing ?? new oidc.provider.Grant({ clientId, accountId });
  addAccess(grant, requestedAccess(oidc.params ?? {}));
  await grant.save();
  return grant;
}
