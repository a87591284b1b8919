import type { Adapter, AdapterPayload } from "oidc-provider";

interface StoredArtifact {
  readonly model: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresAtMs: number;
}

/** A session of a person at this provider, as seen by its clients. */
interface ProviderSession {
  readonly id: string;
  /** `sid` by client id. */
  readonly sids: ReadonlyMap<string, string>;
}

/**
 * Everything that the authorization server remembers, in memory and without a limit on the number of entries.
 *
 * Unlike the adapter that oidc-provider brings along it forgets nothing before it expires, and it can be asked by person.
 */
export interface MemoryStore {
  adapterFor(model: string): Adapter;
  find(model: string, id: string): AdapterPayload | undefined;
  /** Whose artifact this is or was; spent and revoked ones are remembered for a while. */
  accountOf(model: string, id: string): string | undefined;
  sessionsOf(accountId: string): readonly ProviderSession[];
  /** @returns how many sessions ended */
  endSessionsOf(accountId: string): number;
  /** Removes the grants of a person with all their tokens. @returns how many */
  revokeGrantsOf(accountId: string): number;
}

const MAX_REMEMBERED_OWNERS = 50_000;
const SWEEP_EVERY_WRITES = 500;
/** What dies with its grant. An interaction also names a grant, but outlives it: its sign-in is still going on. */
const TOKEN_MODELS = new Set(["AccessToken", "AuthorizationCode", "RefreshToken"]);

/**
 * @param nowMs milliseconds since the epoch
 * @param refreshTokenGraceSeconds how long a spent refresh token passes for one that isn't
 */
export function createMemoryStore(nowMs: () => number = Date.now, refreshTokenGraceSeconds = 0): MemoryStore {
  const artifacts = new Map<string, StoredArtifact>();
  const keysByGrant = new Map<string, Set<string>>();
  const sessionKeyByUid = new Map<string, string>();
  const owners = new Map<string, string>();
  let writes = 0;

  const keyOf = (model: string, id: string): string => `${model}:${id}`;

  function read(key: string): StoredArtifact | undefined {
    const artifact = artifacts.get(key);
    if (artifact === undefined) return undefined;
    if (artifact.expiresAtMs > nowMs()) return artifact;
    remove(key);
    return undefined;
  }

  function remove(key: string): void {
    const artifact = artifacts.get(key);
    if (artifact === undefined) return;
    artifacts.delete(key);
    const { grantId, uid } = artifact.payload;
    if (grantId !== undefined) {
      const members = keysByGrant.get(grantId);
      members?.delete(key);
      if (members?.size === 0) keysByGrant.delete(grantId);
    }
    if (uid !== undefined && sessionKeyByUid.get(uid) === key) sessionKeyByUid.delete(uid);
  }

  function removeGrantMembers(grantId: string): void {
    for (const key of keysByGrant.get(grantId) ?? []) remove(key);
  }

  function rememberOwner(key: string, accountId: string): void {
    owners.delete(key);
    owners.set(key, accountId);
    if (owners.size <= MAX_REMEMBERED_OWNERS) return;
    const oldest = owners.keys().next();
    if (!oldest.done) owners.delete(oldest.value);
  }

  function sweep(): void {
    writes += 1;
    if (writes % SWEEP_EVERY_WRITES !== 0) return;
    const now = nowMs();
    for (const [key, artifact] of artifacts) if (artifact.expiresAtMs <= now) remove(key);
  }

  function write(model: string, id: string, payload: AdapterPayload, expiresInSeconds?: number): void {
    const key = keyOf(model, id);
    remove(key);
    sweep();
    const expiresAtMs = expiresInSeconds === undefined ? Infinity : nowMs() + expiresInSeconds * 1000;
    // A copy, as from a database: without it, two requests would change one session object under each other's hands.
    artifacts.set(key, { model, id, payload: structuredClone(payload), expiresAtMs });
    if (payload.grantId !== undefined && TOKEN_MODELS.has(model)) {
      const members = keysByGrant.get(payload.grantId) ?? new Set<string>();
      keysByGrant.set(payload.grantId, members.add(key));
    }
    if (payload.uid !== undefined && model === "Session") sessionKeyByUid.set(payload.uid, key);
    if (payload.accountId !== undefined) rememberOwner(key, payload.accountId);
  }

  function ofAccount(model: string, accountId: string): StoredArtifact[] {
    return [...artifacts.values()].filter(
      (artifact) => artifact.model === model && artifact.payload.accountId === accountId,
    );
  }

  function find(model: string, id: string): AdapterPayload | undefined {
    const artifact = read(keyOf(model, id));
    return artifact === undefined ? undefined : structuredClone(artifact.payload);
  }

  return {
    find,
    accountOf: (model, id) => read(keyOf(model, id))?.payload.accountId ?? owners.get(keyOf(model, id)),
    sessionsOf: (accountId) =>
      ofAccount("Session", accountId).map(({ id, payload }) => ({
        id,
        sids: new Map(
          Object.entries(payload.authorizations ?? {}).flatMap(([clientId, { sid }]) =>
            sid === undefined ? [] : [[clientId, sid] as const],
          ),
        ),
      })),
    endSessionsOf(accountId) {
      const sessions = ofAccount("Session", accountId);
      for (const { id } of sessions) remove(keyOf("Session", id));
      return sessions.length;
    },
    revokeGrantsOf(accountId) {
      const grants = ofAccount("Grant", accountId);
      for (const { id } of grants) {
        removeGrantMembers(id);
        remove(keyOf("Grant", id));
      }
      return grants.length;
    },
    adapterFor: (model) => ({
      async upsert(id, payload, expiresIn) {
        write(model, id, payload, expiresIn);
      },
      async find(id) {
        const payload = find(model, id);
        const isInGrace =
          model === "RefreshToken" &&
          payload?.consumed !== undefined &&
          nowMs() < (Number(payload.consumed) + refreshTokenGraceSeconds) * 1000;
        if (isInGrace) delete payload.consumed;
        return payload;
      },
      async findByUid(uid) {
        const key = sessionKeyByUid.get(uid);
        const artifact = key === undefined ? undefined : read(key);
        return artifact === undefined ? undefined : structuredClone(artifact.payload);
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        const artifact = artifacts.get(keyOf(model, id));
        // A token that is used again in its grace doesn't begin another one.
        if (artifact !== undefined) artifact.payload.consumed ??= Math.floor(nowMs() / 1000);
      },
      async destroy(id) {
        remove(keyOf(model, id));
      },
      async revokeByGrantId(grantId) {
        removeGrantMembers(grantId);
      },
    }),
  };
}
