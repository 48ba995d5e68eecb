export { baseConfig, configOf, unguessable } from './config/config-schema.ts';
export { ConfigError, readConfig, type ReadConfig } from './config/read-config.ts';
export { describeConfig } from './config/describe-config.ts';
export { createLogger, type Logger, type LoggerOptions } from './logging/logger.ts';
export { rootContextOf as callContext } from '@earshot/event-log';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry/telemetry.ts';
export { withSpan, type SpanAbout } from './telemetry/with-span.ts';
export { problemFinder, problemsOf, type Problem } from './schema/problems.ts';
export { HttpProblem, ProblemDetails, problemType, tryAgainLater } from './http/problem.ts';
export type { Readiness } from './http/health-routes.ts';
export { guesserOf } from './http/wrong-tokens.ts';
export { mayStill, principalOf, requireStill } from './http/authentication.ts';
export { credentialsOf, environmentToken, isRefusal, type SignIn } from './access/sign-in.ts';
export { makeApiToken } from './access/api-token.ts';
export { createLastUses } from './access/token-uses.ts';
export { createHttpServer, listenOn, type HttpServer, type HttpServerOptions } from './http/http-server.ts';
export { settingsRoutes, type SettingsRoutesOptions } from './settings/settings-routes.ts';
export {
  runService,
  type RunningService,
  type ServiceOptions,
  type StartContext,
} from './lifecycle/run-service.ts';
export { createServiceServer, signInOf, type AccessStore } from './lifecycle/service-server.ts';
