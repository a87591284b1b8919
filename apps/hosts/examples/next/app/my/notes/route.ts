import { bff } from "../../../lib/bff";
import { NOTES } from "../../../lib/my-config";

/** A route handler of one's own: behind the guard, for who is signed in, with the session's token. */
export async function POST(request: Request): Promise<Response> {
  const visit = await bff().visit(request, bff().guard(), bff().requireSession());
  if (visit.kind === "refused") return visit.response;
  const { title } = (await request.json()) as { title: string };
  const created = await bff().fetch(visit, process.env.API_URL ?? "", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
    resource: NOTES,
  });
  // Newer tokens leave with the answer.
  for (const cookie of await visit.close()) created.headers.append("set-cookie", cookie);
  return created;
}
