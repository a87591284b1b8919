import { useKnownSession, useLogin, useLogout } from "@coatcheck/react";
import { Notes } from "./notes.tsx";

export function App() {
  const session = useKnownSession();
  const login = useLogin();
  const logout = useLogout();
  if (session === undefined) return <p>One moment.</p>;
  if (session.state === "anonymous") {
    return (
      <main>
        <h1>Notes</h1>
        <button onClick={() => login()}>Sign in</button>
      </main>
    );
  }
  return (
    <main>
      <h1>Notes of {session.user.name ?? session.user.sub}</h1>
      <button onClick={() => void logout()}>Sign out</button>
      <Notes />
    </main>
  );
}
