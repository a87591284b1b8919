import { isSignedIn } from "@coatcheck/client";
import { createTestClient } from "@coatcheck/client/testing";

/** A test's beginning: who is signed in, and what the APIs answer. */
export async function signedInName() {
  const { client, endSession, failNext } = createTestClient({
    user: { sub: "ada", name: "Ada" },
    routes: { "GET /api/notes": [{ id: 1, title: "Row 14" }] },
  });
  const session = await client.session.check();
  await client.apiFetch("/api/notes");
  failNext("provider_unavailable");
  await client.apiFetch("/api/notes").catch((error: Error) => error.message);
  await endSession("idle_timeout");
  return isSignedIn(session) ? session.user.name : undefined;
}
