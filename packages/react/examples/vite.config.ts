/** In development Vite serves the page and passes the rest on; the BFF runs with PUBLIC_ORIGIN=http://localhost:5173. */
export default {
  server: {
    proxy: {
      // Not the short form: that changes the Host header, and the BFF answers for its own origin alone.
      "/bff": { target: "http://localhost:3000", changeOrigin: false },
      // `ws`: WebSockets are passed on, too.
      "/api": { target: "http://localhost:3000", changeOrigin: false, ws: true },
    },
  },
};
