export { createTestClient, type TestClient, type TestClientOptions, type TestRoute } from "./test-client.ts";
