// From what the app registered to what this host starts. A function that the real host would not index (bad name, bad
// route, unresolved setting, unknown binding) gets a fault and does not start; the others do.
import type { BindingInfo, RetryOptions } from './core-types.ts';
import type { HostSettings } from './host-json.ts';
import type { AuthLevel } from './http/keys.ts';
import { RouteTemplate } from './http/route-template.ts';
import { messageOf } from './json.ts';
import { FUNCTION_NAME, RESERVED_ROUTE_ROOTS } from './refusals.ts';
import {
  isDisabled,
  resolveSettings,
  type ServiceBusConnection,
  type Settings,
  serviceBusConnection,
} from './settings.ts';
import { parseSchedule, type Schedule } from './timers/ncrontab.ts';
import type { RegisteredFunction } from './worker-app.ts';

interface Indexed {
  readonly name: string;
  readonly registered: RegisteredFunction;
  readonly triggerName: string;
  readonly isDisabled: boolean;
}

export interface HttpFunction extends Indexed {
  readonly type: 'httpTrigger';
  readonly template: RouteTemplate;
  readonly methods: ReadonlySet<string>;
  readonly authLevel: AuthLevel;
}

export interface TimerFunction extends Indexed {
  readonly type: 'timerTrigger';
  readonly schedule: Schedule;
  readonly useMonitor: boolean;
  readonly runOnStartup: boolean;
  readonly retry: RetryOptions | undefined;
}

export interface QueueFunction extends Indexed {
  readonly type: 'serviceBusTrigger';
  readonly queueName: string;
  readonly isDeadLetter: boolean;
  readonly isSessionsEnabled: boolean;
  readonly isBatch: boolean;
  readonly isBinary: boolean;
  readonly autoComplete: boolean;
  readonly connection: ServiceBusConnection;
}

export type IndexedFunction = HttpFunction | TimerFunction | QueueFunction;

export interface IndexingFault {
  readonly name: string;
  readonly fault: string;
}

export interface IndexingContext {
  readonly host: HostSettings;
  readonly settings: Settings;
  readonly disabled: readonly string[];
}

export interface Index {
  readonly functions: readonly IndexedFunction[];
  readonly faults: readonly IndexingFault[];
}

export function indexFunctions(registered: Iterable<RegisteredFunction>, context: IndexingContext): Index {
  const functions: IndexedFunction[] = [];
  const faults: IndexingFault[] = [];
  const names = new Set<string>();
  for (const one of registered) {
    const { name } = one.metadata;
    try {
      if (names.has(name.toLowerCase())) throw new Error('another function has this name (case is ignored)');
      names.add(name.toLowerCase());
      functions.push(indexFunction(one, context));
    } catch (error) {
      faults.push({ name, fault: messageOf(error) });
    }
  }
  return { functions, faults };
}

function indexFunction(registered: RegisteredFunction, context: IndexingContext): IndexedFunction {
  const { name } = registered.metadata;
  if (!FUNCTION_NAME.test(name)) throw new Error(`'${name}' is not a valid function name`);
  const [triggerName, trigger] = triggerOf(registered);
  const base: Indexed = {
    name,
    registered,
    triggerName,
    isDisabled: isDisabled(name, context.settings, context.disabled),
  };
  switch (trigger.type.toLowerCase()) {
    case 'httptrigger':
      return httpFunction(base, trigger, context);
    case 'timertrigger':
      return timerFunction(base, trigger, context);
    case 'servicebustrigger':
      return queueFunction(base, trigger, context);
    default:
      throw new Error(`this host does not serve ${trigger.type}`);
  }
}

function triggerOf(registered: RegisteredFunction): [string, BindingInfo] {
  const bindings = Object.entries(registered.metadata.bindings);
  const trigger = bindings.find(([, binding]) => binding.type.toLowerCase().endsWith('trigger'));
  if (!trigger) throw new Error('no binding is a trigger');
  const other = bindings.find(
    ([name, { type }]) => name !== trigger[0] && !(name === '$return' && type.toLowerCase() === 'http'),
  );
  // Ignoring an output would look like success.
  if (other) throw new Error(`this host does not serve the binding '${other[0]}' (${other[1].type})`);
  if (trigger[1].sdkBinding === true) throw new Error('this host does not serve deferred bindings (sdkBinding)');
  return trigger;
}

function httpFunction(base: Indexed, trigger: BindingInfo, { host, settings }: IndexingContext): HttpFunction {
  const route = resolveSettings(textOption(trigger, 'route') || base.name, settings);
  const [root = ''] = route.toLowerCase().split('/');
  if (host.routePrefix === '' && RESERVED_ROUTE_ROOTS.includes(root))
    throw new Error(`the route '${route}' is the host's own`);
  const template = new RouteTemplate(host.routePrefix === '' ? route : `${host.routePrefix}/${checkedRoute(route)}`);
  const methods = Array.isArray(trigger.methods) ? trigger.methods.map((method) => String(method).toUpperCase()) : [];
  return { ...base, type: 'httpTrigger', template, methods: new Set(methods), authLevel: authLevel(trigger) };
}

/** With a prefix in front the template itself would hide a leading slash. */
function checkedRoute(route: string): string {
  return new RouteTemplate(route).text;
}

function authLevel(trigger: BindingInfo): AuthLevel {
  const level = (textOption(trigger, 'authLevel') ?? 'function').toLowerCase();
  if (level === 'anonymous' || level === 'function' || level === 'admin') return level;
  throw new Error(`the authLevel '${level}' is unknown`);
}

function timerFunction(base: Indexed, trigger: BindingInfo, { settings }: IndexingContext): TimerFunction {
  const schedule = parseSchedule(
    resolveSettings(textOption(trigger, 'schedule') ?? '', settings),
    settings.WEBSITE_TIME_ZONE,
  );
  return {
    ...base,
    type: 'timerTrigger',
    schedule,
    useMonitor: trigger.useMonitor !== false,
    runOnStartup: trigger.runOnStartup === true,
    retry: base.registered.metadata.retryOptions,
  };
}

const DEAD_LETTER = /\/\$deadletterqueue$/i;

function queueFunction(base: Indexed, trigger: BindingInfo, { host, settings }: IndexingContext): QueueFunction {
  if (!host.hasExtensionBundle)
    throw new Error("the binding 'serviceBusTrigger' needs an extensionBundle in host.json");
  const queue = textOption(trigger, 'queueName');
  if (!queue) throw new Error('this host serves queues, not topics: queueName is missing');
  const path = resolveSettings(queue, settings);
  const isDeadLetter = DEAD_LETTER.test(path);
  const isSessionsEnabled = trigger.isSessionsEnabled === true;
  if (isDeadLetter && isSessionsEnabled) throw new Error(`'${path}' is read without sessions`);
  return {
    ...base,
    type: 'serviceBusTrigger',
    queueName: path.replace(DEAD_LETTER, ''),
    isDeadLetter,
    isSessionsEnabled,
    isBatch: (textOption(trigger, 'cardinality') ?? 'one').toLowerCase() === 'many',
    isBinary: textOption(trigger, 'dataType')?.toLowerCase() === 'binary',
    autoComplete:
      typeof trigger.autoCompleteMessages === 'boolean' ? trigger.autoCompleteMessages : host.serviceBus.autoComplete,
    connection: serviceBusConnection(textOption(trigger, 'connection') || 'ServiceBus', settings),
  };
}

function textOption(binding: BindingInfo, name: string): string | undefined {
  const value = binding[name];
  return typeof value === 'string' ? value : undefined;
}
