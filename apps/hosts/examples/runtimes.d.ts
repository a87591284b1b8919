/** As much of Bun and Deno as the examples use; in a project of yours, `@types/bun` and Deno itself say the rest. */
declare const Bun: {
  serve(options: {
    readonly port: number;
    fetch(request: Request, server: object): Response | Promise<Response>;
  }): { stop(): Promise<void> };
};

declare const Deno: {
  readonly env: { toObject(): Record<string, string> };
  serve(
    options: { readonly port: number },
    handler: (request: Request, connection: object) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> };
  addSignalListener(signal: "SIGTERM", listener: () => Promise<void>): void;
  exit(code: number): never;
};
