import { createNodeFetch } from "@coatcheck/oauth/node";

/** One call that knows whether it was sent: what nobody sent may be tried again. */
export async function fetchWhile(url: string, maySend: () => boolean): Promise<number> {
  const fetch = createNodeFetch();
  try {
    const answer = await fetch(url, { method: "POST", maySend });
    return answer.status;
  } finally {
    fetch.close();
  }
}
