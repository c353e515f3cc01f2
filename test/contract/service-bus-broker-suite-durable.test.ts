// The broker's suites once more, with a log beneath: it must change nothing that a client sees, and hold at the end of each test what
// the queues hold.
import { keepOnDisk } from './service-bus-broker.stage.ts';

keepOnDisk();
await import('./service-bus-broker-messages.test.ts');
await import('./service-bus-broker-sessions.test.ts');
await import('./service-bus-broker-session-locks.test.ts');
await import('./service-bus-broker-time.test.ts');
