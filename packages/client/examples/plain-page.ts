import { createClient, CoatcheckError, isSignedIn } from "@coatcheck/client";

const client = createClient();

client.session.subscribe(() => {
  const session = client.session.get();
  document.title = isSignedIn(session) ? `Notes of ${session.user.name}` : "Signed out";
});
client.onPersonChange(() => location.reload());
client.start();

export async function saveNote(title: string, body: string): Promise<string> {
  try {
    const response = await client.apiFetch("/api/notes", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title, body }),
    });
    return response.ok ? "Saved." : `The notes service said ${response.status}.`;
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error;
    if (error.code === "no_session") client.login();
    return error.code === "network" ? "You are offline; nothing is lost." : error.message;
  }
}
