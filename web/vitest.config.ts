import { defineConfig } from "vitest/config";

// What is drawn is tested in a real browser (browser.sh); here is only what is computed, so no window is needed.
export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/reader.ts"],
    pool: "threads",
    isolate: false,
    fileParallelism: false,
  },
});
