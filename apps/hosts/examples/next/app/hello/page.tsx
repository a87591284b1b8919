import { headers } from "next/headers";
import { bff } from "../../lib/bff";

/** A server component: it reads the session and sets no cookie, so it closes no visit. */
export default async function Hello() {
  // Before anything else: it keeps Next.js from rendering the page while it builds.
  const request = { headers: await headers() };
  const visit = await bff().visit(request);
  if (visit.kind === "refused") return <p>Try again in a moment.</p>;
  const { session } = visit;
  return <p>{session.state === "anonymous" ? "Hello." : `Hello ${session.user.name}.`}</p>;
}
