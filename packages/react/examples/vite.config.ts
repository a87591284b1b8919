/** In development Vite serves the page and passes the rest on; the BFF runs with PUBLIC_ORIGIN=http://localhost:5173. */
export default {
  server: {
    proxy: {
      "/bff": "http://localhost:3000",
      "/api": "http://localhost:3000",
    },
  },
};
