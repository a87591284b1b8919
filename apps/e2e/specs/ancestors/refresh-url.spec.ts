import { createServer } from "node:http";
import { startDemo } from "@coatcheck/demo";
import { listenOnLoopback } from "@coatcheck/testkit/node";
import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";

// Ancestor: "refresh_url = token_url, true for Google but not all providers".
test("refresh_url: a provider's separate refresh endpoint gets the refreshes, and only those", async ({
  actions,
}) => {
  const grants: string[] = [];
  let tokenEndpoint = "";
  const endpoint = createServer((request, response) => {
    void forward(request, tokenEndpoint, grants).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
  });
  const { origin, close } = await listenOnLoopback(endpoint);
  const separate = await startDemo({
    ports: { app: 0, idp: 0, api: 0 },
    environment: { OAUTH_REFRESH_ENDPOINT: `${origin}/refresh` },
  });
  tokenEndpoint = `${separate.idpUrl}/token`;
  try {
    const browser = await actions.newBrowser();
    const other = await browser.newPage();
    await other.goto(separate.appUrl);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.getByLabel("User name").fill("ada");
    await other.getByLabel("Password").fill("ticket");
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.waitForURL((url) => url.origin === separate.appUrl);
    await expect(await runMove(other, "Explicit refresh")).toContainText("became");
    expect(grants.length).toBeGreaterThan(0);
    expect(new Set(grants)).toEqual(new Set(["refresh_token"]));
  } finally {
    await separate.stop();
    await close();
  }
});

async function forward(
  request: AsyncIterable<Buffer> & { headers: NodeJS.Dict<string | string[]> },
  target: string,
  grants: string[],
): Promise<{ status: number; body: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const form = Buffer.concat(chunks).toString();
  grants.push(new URLSearchParams(form).get("grant_type") ?? "none");
  const answer = await fetch(target, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(typeof request.headers.authorization === "string"
        ? { authorization: request.headers.authorization }
        : {}),
    },
    body: form,
  });
  return { status: answer.status, body: await answer.text() };
}
