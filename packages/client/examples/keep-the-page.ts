import { createClient, isSignedIn } from "@coatcheck/client";

const client = createClient({ keepCalls: true });
const panel = document.querySelector("dialog") as HTMLDialogElement;
const button = panel.querySelector("button") as HTMLButtonElement;
const link = panel.querySelector("a") as HTMLAnchorElement;

// The page stays as it is: calls wait, and whoever typed goes on typing after the sign-in.
client.session.subscribe(() => {
  const session = client.session.known();
  const hasEnded = session !== undefined && !isSignedIn(session) && client.userKey() !== undefined;
  if (hasEnded && !panel.open) panel.showModal();
  if (!hasEnded) panel.close();
});
client.waiting.subscribe(() => {
  for (const { id, method, url, needs } of client.waiting.get()) {
    if (needs === "answer")
      client.waiting.answer(id, confirm(`${method} ${url} was sent once already. Again?`));
  }
});
client.onPersonChange(() => location.reload());

button.addEventListener("click", () => void signIn());

async function signIn(): Promise<void> {
  const result = await client.signIn();
  if (result.kind === "blocked") link.href = result.href;
  link.hidden = result.kind !== "blocked";
}

client.start();
