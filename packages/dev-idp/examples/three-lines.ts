import { createDevIdp } from "@coatcheck/dev-idp";

const client = { clientId: "my-app", clientSecret: "anything", appOrigin: "http://localhost:3000" };
export const idp = await createDevIdp({ clients: [client], users: [{ username: "ada" }] });
process.stdout.write(`Sign in as ada (ticket) at ${idp.issuer}\n`);
