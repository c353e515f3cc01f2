// One schedule: a seed becomes a world, faults and an interleaving; it plays until everything is at rest, and says which invariants did not hold.
// The same seed is the same schedule, to the last await.
import { setImmediate as others } from 'node:timers/promises';
import { House } from '../builders/house.ts';
import { Agenda } from './agenda.ts';
import { Book, type InvariantName, isMoving, type Violation } from './book.ts';
import { checkEnd, checkQuiet } from './end-checks.ts';
import { type FaultKind, Faults, type Without } from './faults.ts';
import { GateTruth } from './gate-truth.ts';
import { Host } from './host.ts';
import { Machine } from './machine.ts';
import { People } from './people.ts';
import { Random } from './random.ts';
import { type Cast, cast, estateFor, play } from './scenario.ts';
import { weather } from './weather.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** After the last fault everything comes to rest by then: an approval that nobody gives expires after a day. */
const REST_MS = 28 * HOUR;
const IDLE_MS = 20 * MINUTE;
const QUIET_MS = 25 * HOUR;
/** More steps or messages than that is a loop without end. */
const MOST_STEPS = 60_000;
const MOST_MESSAGES = 3_000;

const TRANSIENT: ReadonlySet<string> = new Set(['PENDING', 'RESTARTING', 'TERMINATING']);

export interface ScheduleOptions {
  readonly without?: Without;
  /** Spoils the core, to prove that the suite notices. */
  readonly plant?: (house: House) => void;
  readonly traced?: boolean;
}

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly kinds: readonly FaultKind[];
  readonly injected: number;
  readonly steps: number;
  /** Simulated time, in milliseconds. */
  readonly tookMs: number;
  readonly incidents: number;
  readonly acts: number;
  /** Of people. */
  readonly orders: number;
  readonly trace: readonly string[];
}

export async function runSchedule(seed: number, options: ScheduleOptions = {}): Promise<Outcome> {
  // Thousands of errors are thrown on purpose: their stacks would cost more than all the rest.
  const { stackTraceLimit } = Error;
  if (!options.traced) Error.stackTraceLimit = 0;
  // The test runner wants to hear from us now and then.
  await others();
  try {
    return await new Schedule(seed, options).run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Until every handler has come to its next await: a tick comes after all microtasks, and is cheaper than a turn of the event loop. */
const settled = () => new Promise<void>((resolve) => process.nextTick(resolve));

class Schedule {
  readonly #seed: number;
  readonly #trace: string[] = [];
  readonly #isTraced: boolean;
  readonly #agenda = new Agenda();
  readonly #faults: Faults;
  readonly #machine: Machine;
  readonly #house: House;
  readonly #book: Book;
  readonly #gate: GateTruth;
  readonly #host: Host;
  readonly #cast: Cast;
  readonly #startedAt: number;
  readonly #people: People;
  #isOn = true;
  #steps = 0;
  #calmSince = Number.POSITIVE_INFINITY;

  constructor(seed: number, { without, plant, traced = false }: ScheduleOptions) {
    this.#seed = seed;
    this.#isTraced = traced;
    this.#faults = new Faults(seed, without);
    this.#cast = cast(new Random(seed, 'cast'));
    const trace = (line: () => string) => this.#note(line);
    this.#machine = new Machine(this.#agenda, this.#faults, new Random(seed, 'interleaving'), {
      see: (operation, moment, life) => this.#book.see(operation, moment, life),
      excuse: (milliseconds) => this.#book.excuse(milliseconds),
      duplicate: () => this.#duplicate(),
      crashed: (process) => this.#host.crashed(process),
      froze: (process) => this.#host.froze(process),
      trace,
    });
    const { clock, interrupt } = this.#machine;
    this.#startedAt = clock.trueMs;
    this.#house = new House({ clock, world: clock.world, interrupt, estate: estateFor(this.#cast) });
    const { incidents, gate, breakers } = this.#house.ports;
    const nowMs = () => clock.trueMs;
    this.#gate = new GateTruth({ incidents, gate, breakers, autonomy: this.#cast.autonomy, nowMs });
    this.#book = new Book({
      incidents,
      workspaces: [this.#house.workspace, this.#house.dr],
      clusters: this.#cast.clusters.length,
      gate: this.#gate,
      nowMs,
      clockTime: () => clock.now().toISOString(),
      remediationEnabled: () => this.#isOn,
      trace,
    });
    const random = new Random(seed, 'host');
    this.#host = new Host({ ...this.#parts(), random }, random.between(1, 2));
    this.#people = new People(this.#house, this.#host, new Random(seed, 'people'));
    plant?.(this.#house);
  }

  #parts() {
    return {
      agenda: this.#agenda,
      machine: this.#machine,
      faults: this.#faults,
      house: this.#house,
      book: this.#book,
      trace: (line: () => string) => this.#note(line),
    };
  }

  async run(): Promise<Outcome> {
    const lengthMs = this.#open();
    await this.#goOn(this.#startedAt + lengthMs, () => false);
    this.#calm();
    const restBy = this.#machine.clock.trueMs + REST_MS;
    await this.#goOn(restBy, () => this.#isAtRest());
    // The polls see what nobody reported; what they find comes to rest, too. Two of them: one may meet the lease of a poll
    // that died while its clock was ahead, and whose forty seconds come only now.
    await this.#goOn(this.#machine.clock.trueMs + 11 * MINUTE, () => false);
    await this.#goOn(restBy, () => this.#isAtRest());
    if (this.#book.violations.length > 0) return this.#outcome();
    if (!this.#isAtRest()) this.#book.violate(this.#whatIsLeft(), `${this.#unrest()} 28 hours after the last fault`);
    else await this.#close();
    return this.#outcome();
  }

  #open(): number {
    const lengthMs = play(
      {
        house: this.#house,
        random: new Random(this.#seed, 'world'),
        after: (milliseconds, happen) => this.#agenda.put(this.#startedAt + milliseconds, happen),
        knock: (what, body) => this.#host.knock(what, body),
        once: (what, work) => this.#host.once(what, work),
        order: () => this.#people.order(),
        switchOff: () => this.#switch(false),
        switchOn: () => this.#switch(true),
        trace: (line) => this.#note(line),
      },
      this.#cast,
    );
    this.#every(MINUTE, 30_000, () => this.#host.tick('watchdog', () => this.#house.watch()));
    this.#every(5 * MINUTE, 0, () => this.#host.tick('poll', () => this.#house.poll()));
    this.#every(MINUTE, 45_000, () => weather(this.#parts()));
    return lengthMs;
  }

  #switch(isOn: boolean): void {
    Object.assign(this.#house.ports, { remediationEnabled: isOn });
    this.#isOn = isOn;
    this.#gate.update(isOn);
    this.#note(() => `the world: remediation is switched ${isOn ? 'on' : 'off'}`);
  }

  #duplicate(): void {
    const last = this.#house.ports.bus.accepted.at(-1);
    if (last) this.#house.ports.bus.duplicate(last.id);
  }

  #calm(): void {
    this.#calmSince = this.#machine.clock.trueMs;
    this.#faults.end();
    this.#machine.awayUntil.clear();
    this.#machine.clock.jumpMs = 0;
    const { gate } = this.#house.ports;
    void gate.setStop(undefined);
    void gate.releaseHold(this.#house.workspace.name);
    this.#switch(true);
    this.#host.calm();
    this.#every(MINUTE, 0, () => this.#people.letGo());
    this.#note(() => 'the world: no more faults');
  }

  /** What must hold at the end, and after a day of quiet. */
  async #close(): Promise<void> {
    const [book, house] = [this.#book, this.#house];
    checkEnd({ book, house, clusters: this.#cast.clusters });
    if (book.violations.length > 0) return;
    this.#machine.clock.goTo(this.#machine.clock.trueMs + QUIET_MS);
    await house.watch();
    await checkQuiet({ book, house });
  }

  /** Until that instant, or until `isOver`: from event to event, each followed by a turn in which the handlers come to their next await. */
  async #goOn(untilMs: number, isOver: () => boolean): Promise<void> {
    const { clock } = this.#machine;
    while (this.#book.violations.length === 0 && !isOver()) {
      this.#host.dispatch();
      const next = Math.min(
        this.#agenda.nextAt ?? Number.POSITIVE_INFINITY,
        this.#host.nextAt ?? Number.POSITIVE_INFINITY,
      );
      if (next > untilMs) return clock.goTo(untilMs);
      if (this.#isIdle()) clock.goTo(this.#host.nextAt ?? 0);
      clock.goTo(next);
      if ((this.#agenda.nextAt ?? Number.POSITIVE_INFINITY) <= clock.trueMs) this.#agenda.take()?.happen();
      await settled();
      this.#steps += 1;
      if (this.#steps <= MOST_STEPS && this.#house.ports.bus.accepted.length <= MOST_MESSAGES) continue;
      return this.#book.violate('settled', `${this.#steps} steps, and still ${this.#unrest()}`);
    }
  }

  /** After the last fault, nothing but timers before a message that is due much later, e.g. when an approval expires: they are left out. */
  #isIdle(): boolean {
    const dueMs = (this.#host.nextAt ?? 0) - this.#machine.clock.trueMs;
    const calmMs = this.#machine.clock.trueMs - this.#calmSince;
    if (calmMs < IDLE_MS || this.#machine.living > 0 || dueMs <= IDLE_MS) return false;
    const { incidents } = this.#house.ports;
    const moving = incidents.ids.flatMap((id) => [...(incidents.peek(id)?.runs.values() ?? [])].filter(isMoving));
    return moving.every(({ state }) => state.name === 'waiting-approval');
  }

  #every(periodMs: number, phaseMs: number, happen: () => void): void {
    const fire = (at: number): void => {
      this.#agenda.put(at, () => {
        fire(Math.max(at + periodMs, this.#machine.clock.trueMs));
        happen();
      });
    };
    fire(Math.max(this.#machine.clock.trueMs, this.#startedAt + phaseMs));
  }

  #isAtRest(): boolean {
    return Number.isFinite(this.#calmSince) && this.#unrest() === '';
  }

  /** What keeps everything from being at rest, in words. */
  #unrest(): string {
    const { bus, guards } = this.#house.ports;
    if (this.#machine.living > 0) return `${this.#machine.living} handlers are under way`;
    const [waiting] = bus.waiting;
    if (waiting) return `${bus.waiting.length} messages wait, the first is ${waiting.id}`;
    const changing = this.#cast.clusters.find((id) => TRANSIENT.has(this.#house.workspace.truth(id)?.state ?? ''));
    if (changing) return `${changing} is neither up nor down`;
    const [guard] = guards.standing;
    if (guard) return `a guard of ${guard.incidentId} stands`;
    return this.#movingRun() ?? '';
  }

  #whatIsLeft(): InvariantName {
    const { guards } = this.#house.ports;
    return this.#movingRun() ? 5 : guards.standing.length > 0 ? 'guards' : 'settled';
  }

  #movingRun(): string | undefined {
    const { incidents } = this.#house.ports;
    for (const id of incidents.ids) {
      const moving = [...(incidents.peek(id)?.runs.values() ?? [])].find(isMoving);
      if (moving) return `run ${moving.number} of ${id} is ${moving.state.name}`;
    }
    return undefined;
  }

  #note(line: () => string): void {
    if (!this.#isTraced) return;
    const ms = this.#machine.clock.trueMs - this.#startedAt;
    this.#trace.push(`${new Date(ms).toISOString().slice(11, 23)}  ${line()}`);
  }

  #outcome(): Outcome {
    const { incidents } = this.#house.ports;
    const acts = this.#cast.clusters.reduce((sum, id) => sum + this.#house.workspace.acts(id).length, 0);
    return {
      seed: this.#seed,
      violations: this.#book.violations,
      faults: this.#faults.counts,
      kinds: this.#faults.kinds,
      injected: this.#faults.injected,
      steps: this.#steps,
      tookMs: this.#machine.clock.trueMs - this.#startedAt,
      incidents: incidents.ids.length,
      acts,
      orders: this.#people.orders,
      trace: this.#trace,
    };
  }
}
