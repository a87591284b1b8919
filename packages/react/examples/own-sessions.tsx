import { createOwnSessions } from "@coatcheck/client/sessions";
import { useClient } from "@coatcheck/react";
import { ownSessionsQueryOptions } from "@coatcheck/react/sessions";
import { useMutation, useQuery } from "@tanstack/react-query";

/** Where the person is signed in, with a button for each other browser. */
export function OwnSessions() {
  const client = useClient();
  const list = useQuery(ownSessionsQueryOptions(client));
  const ending = useMutation({
    mutationFn: (id: string) => createOwnSessions(client).end(id),
    onSuccess: () => list.refetch(),
  });
  return (
    <ul>
      {list.data?.sessions.map(({ id, browser, system, isCurrent }) => (
        <li key={id}>
          {browser} on {system}{" "}
          {isCurrent ? "(this browser)" : <button onClick={() => ending.mutate(id)}>Sign out</button>}
        </li>
      ))}
    </ul>
  );
}
