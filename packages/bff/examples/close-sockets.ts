import type { OnSessionEnd } from "@coatcheck/bff";

/** Sockets of one's own, by the hash of their session. */
export type Sockets = Map<string, Set<{ close(): void }>>;

/** A session that is over leaves no socket open: `createNodePorts({ ledger, onSessionEnd: closeSocketsOf(sockets) })`. */
export function closeSocketsOf(sockets: Sockets): OnSessionEnd {
  return ({ session }) => {
    for (const socket of sockets.get(session) ?? []) socket.close();
    sockets.delete(session);
  };
}
