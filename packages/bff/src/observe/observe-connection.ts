import type { ConnectionEnd, ConnectionSeen, Observer } from "./observer.ts";

/** Tells that a connection has begun. @returns tells once that it has ended */
export function observeConnection(
  { connection }: Pick<Required<Observer>, "connection">,
  begun: Pick<ConnectionSeen, "route" | "kind">,
): (by: ConnectionEnd) => void {
  let isOpen = true;
  connection(begun);
  return (endedBy) => {
    if (!isOpen) return;
    isOpen = false;
    connection({ ...begun, endedBy });
  };
}
