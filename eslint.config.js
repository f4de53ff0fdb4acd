/** Lint rules. The import rules are the architecture: arrows run one way, and never in a circle. */
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Files in `target` must not import from `from`. */
const backward = (target, from) => ({ target, from, message: 'a backward import' });

export default tseslint.config(
  { ignores: ['coverage', 'src/ari/request'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver()],
      // Without these two, no-cycle does not look into TypeScript, and finds nothing.
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-console': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-unresolved': 'error',
      'import-x/no-restricted-paths': [
        'error',
        {
          // main -> daemon -> router -> call -> states -> mailbox, config, log; ari-client only in ari.
          zones: [
            backward('src', ['test', 'asterisk']),
            backward('asterisk', ['src', 'test']),
            backward(['src/ari', 'src/mailbox', 'src/config.ts', 'src/log.ts'], ['src/call', 'src/states']),
            backward(
              ['src/ari', 'src/mailbox', 'src/call', 'src/states'],
              ['src/call-router.ts', 'src/daemon.ts', 'src/main.ts'],
            ),
            backward(['src/config.ts', 'src/log.ts'], ['src/ari', 'src/daemon.ts', 'src/main.ts']),
            backward(['src/ari'], ['src/mailbox', 'src/config.ts', 'src/metrics.ts']),
            // What is measured and told stands apart from what is done: only the daemon joins the two.
            backward(
              ['src/metrics.ts', 'src/health-server.ts'],
              ['src/ari', 'src/call', 'src/states', 'src/mailbox', 'src/config.ts', 'src/daemon.ts'],
            ),
            backward(['src/call-router.ts'], ['src/daemon.ts', 'src/main.ts']),
            backward(['src/states'], ['src/call/voice-mail-call.ts']),
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/ari/**'],
    rules: { 'no-restricted-imports': ['error', { paths: ['ari-client'] }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts'],
    rules: { 'no-restricted-globals': ['error', 'process'] },
  },
);
