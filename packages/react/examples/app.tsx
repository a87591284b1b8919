import { isSignedIn } from "@coatcheck/client";
import { apiQueryOptions, useClient, useLogin, useLogout, useSession } from "@coatcheck/react";
import { useQuery } from "@tanstack/react-query";

export function App() {
  const session = useSession();
  const login = useLogin();
  const known = session.state === "unreachable" ? session.last : session;
  if (known && isSignedIn(known)) return <Notes name={known.user.name ?? known.user.sub} />;
  if (session.state === "loading") return <p>One moment.</p>;
  return <button onClick={() => login()}>Sign in</button>;
}

function Notes({ name }: { name: string }) {
  const client = useClient();
  const logout = useLogout();
  const parse = (body: unknown) => body as { notes: { id: string; title: string }[] };
  const notes = useQuery(apiQueryOptions({ client, queryKey: ["notes"], path: "/api/notes", parse }));
  return (
    <main>
      <button onClick={() => void logout()}>Sign {name} out</button>
      <ul>
        {notes.data?.notes.map(({ id, title }) => (
          <li key={id}>{title}</li>
        ))}
      </ul>
    </main>
  );
}
