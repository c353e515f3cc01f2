// The log as JSON lines on stdout: the functions host picks them up. A static message and fields.
import type { Log, LogFields } from '../../ports/log.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

export class JsonLog implements Log {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void = (line) => console.log(line)) {
    this.#write = write;
  }

  debug(message: string, fields?: LogFields): void {
    this.#line('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#line('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#line('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#line('error', message, fields);
  }

  #line(level: Level, message: string, fields: LogFields = {}): void {
    this.#write(JSON.stringify({ at: new Date().toISOString(), level, message, ...fields }));
  }
}
