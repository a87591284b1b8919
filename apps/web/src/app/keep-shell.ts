/** Not in every browser, and not in TypeScript's library. @see Trusted Types, W3C */
type TrustedTypesWindow = {
  trustedTypes?: {
    createPolicy: (
      name: string,
      rules: { createScriptURL: () => string },
    ) => { createScriptURL: (text: string) => string };
  };
};

const WORKER = "/service-worker.js";

/**
 * Lets the browser keep the page itself, so that it opens without a network, too (`service-worker/service-worker.ts`).
 *
 * Once everything else is loaded: nobody waits for it. Not in development, where the sources change under it.
 */
export function keepShell(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => {
    // Under trusted types, a worker's address must come from a policy; the server allows this one alone.
    const policy = (window as TrustedTypesWindow).trustedTypes?.createPolicy("coatcheck-worker", {
      createScriptURL: () => WORKER,
    });
    navigator.serviceWorker.register(policy?.createScriptURL("") ?? WORKER).catch(() => {
      // Storage may be switched off, or another server may not allow it: then reloads need the network, as anywhere.
    });
  });
}
