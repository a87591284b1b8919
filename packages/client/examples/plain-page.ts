import { createClient, CoatcheckError, isSignedIn } from "@coatcheck/client";

const client = createClient();

client.session.subscribe(() => {
  const session = client.session.get();
  document.title = isSignedIn(session) ? `Notes of ${session.user.name}` : "Signed out";
});
client.onPersonChange(() => location.reload());
client.start();

export async function saveNote(text: string): Promise<string> {
  try {
    const response = await client.apiFetch("/api/notes", { method: "POST", body: text });
    return response.ok ? "Saved." : `The notes service said ${response.status}.`;
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error;
    if (error.code === "no_session") client.login();
    return error.code === "network" ? "You are offline; nothing is lost." : error.message;
  }
}
