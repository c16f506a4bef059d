import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", "out"] },
  ...tseslint.configs.recommendedTypeChecked.map((one) => ({ ...one, files: ["src/**", "test/**"] })),
  {
    files: ["src/**", "test/**"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/explicit-module-boundary-types": "off",
    },
  },
);
