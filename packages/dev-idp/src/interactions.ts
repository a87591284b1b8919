import type { IncomingMessage, ServerResponse } from "node:http";
import { errors, type Provider } from "oidc-provider";
import { addAccess, requestedAccess } from "./grants.ts";
import { renderConsentPage } from "./pages/consent-page.ts";
import type { Html, PageFrame } from "./pages/page.ts";
import { renderProblemPage } from "./pages/problem-page.ts";
import { renderSignInPage } from "./pages/sign-in-page.ts";
import type { People } from "./people.ts";
import { readRequestBody } from "./request-body.ts";

export interface InteractionParts {
  readonly provider: Provider;
  readonly people: People;
  readonly frame: PageFrame;
  readonly policy: string;
}

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

const MAX_FORM_BYTES = 16 * 1024;

/** Answers `/interaction/<uid>` and what lies below: the pages on which people sign in, allow or cancel. */
export function createInteractions(
  parts: InteractionParts,
): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> {
  const { provider, people, frame } = parts;

  async function show(response: ServerResponse, status: number, page: Html): Promise<void> {
    const text = String(await page);
    response.writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": parts.policy,
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    });
    response.end(text);
  }

  async function showPrompt(response: ServerResponse, interaction: Interaction): Promise<void> {
    const path = `/interaction/${interaction.uid}`;
    if (interaction.prompt.name !== "consent") {
      const hint = interaction.params["login_hint"];
      const rawUsername = typeof hint === "string" ? hint : "";
      await show(response, 200, renderSignInPage(frame, { path, users: people.list(), rawUsername }));
      return;
    }
    const sub = interaction.session?.accountId;
    const personName = people.bySub(sub)?.claims.name ?? "somebody";
    const scopes = requestedAccess(interaction.params).scope.split(" ").filter(Boolean);
    await show(response, 200, renderConsentPage(frame, { path, personName, scopes }));
  }

  async function signIn(request: IncomingMessage, response: ServerResponse, interaction: Interaction) {
    const body = await readRequestBody(request, MAX_FORM_BYTES);
    const form = new URLSearchParams(body?.toString("utf8") ?? "");
    const rawUsername = form.get("username") ?? "";
    const user = people.byUsername(rawUsername);
    if (user === undefined || user.password !== form.get("password")) {
      const path = `/interaction/${interaction.uid}`;
      await show(
        response,
        200,
        renderSignInPage(frame, { path, users: people.list(), rawUsername, isRefused: true }),
      );
      return;
    }
    await provider.interactionFinished(request, response, {
      login: { accountId: user.sub, amr: ["pwd"] },
      ...(interaction.prompt.name === "select_account" ? { select_account: {} } : {}),
    });
  }

  async function allow(request: IncomingMessage, response: ServerResponse, interaction: Interaction) {
    const accountId = interaction.session?.accountId;
    const clientId = String(interaction.params["client_id"]);
    const existing =
      interaction.grantId === undefined ? undefined : await provider.Grant.find(interaction.grantId);
    const grant =
      existing ?? new provider.Grant({ clientId, ...(accountId === undefined ? {} : { accountId }) });
    addAccess(grant, requestedAccess(interaction.params));
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  }

  return async (request, response, path) => {
    const action = path.split("/")[3];
    try {
      const interaction = await provider.interactionDetails(request, response);
      const isShown = interaction.prompt.name === "consent" ? "consent" : "sign-in";
      if (request.method === "GET" && action === undefined) await showPrompt(response, interaction);
      else if (request.method !== "POST") await showMissing(response);
      else if (action === "cancel") {
        await provider.interactionFinished(request, response, {
          error: "access_denied",
          error_description: "The person cancelled.",
        });
      } else if (action === "sign-in" && isShown === action) await signIn(request, response, interaction);
      else if (action === "consent" && isShown === action) await allow(request, response, interaction);
      else await showMissing(response);
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error;
      // The page was left open too long, or its sign-in was finished in another tab.
      await show(
        response,
        400,
        renderProblemPage(frame, {
          error: error.error,
          description: "This page is no longer good for signing in.",
        }),
      );
    }
  };

  function showMissing(response: ServerResponse): Promise<void> {
    return show(
      response,
      404,
      renderProblemPage(frame, { error: "not_found", description: "There is no such page." }),
    );
  }
}
