export { clientKeysFromPem, isPem } from "./client-keys-from-pem.ts";
export { generateClientKeys } from "./generate-client-keys.ts";
export { createNodeFetch } from "./node-fetch.ts";
export type { NodeFetch, NodeFetchOptions } from "./node-fetch.ts";
