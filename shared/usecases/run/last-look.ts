// The last moment before a call that acts is sent: is it still wanted? Between the intent and the call lie a budget, a turn, a token
// and other tries, in which a person may have ended the run, or somebody else may have decided that it did not happen.
import { Unavailable } from '../../domain/errors.ts';
import { gateReasons } from '../../domain/playbooks/gate.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import type { LastLook } from '../../ports/last-look.ts';
import { type ActGrant, considerGate, takeGrant } from '../gate/ask.ts';
import { runIdOf } from '../gate/count-run.ts';
import { isWithinLease } from './pace.ts';
import type { RunPorts } from './ports.ts';
import { type Position, positionOf } from './position.ts';

/** A window that ends while it is asked whether the act is still wanted is rare, and twice in a row even more so. */
const LOOKS = 3;
const TURN_PASSED = 'it was not sent: its turn has passed';

/** Why the attempt of this position must not be acted on any more; undefined when nothing has changed. */
async function whyNotNow(ports: RunPorts, position: Position): Promise<string | undefined> {
  try {
    const file = await ports.incidents.load(position.file.incident.id);
    const run = file && sameRun(file, position);
    if (!run) return 'it was not sent: the run has been moved on';
    const question = { incident: file.incident, runId: runIdOf(file.incident.id, run.number), run };
    const { gate, because } = await considerGate(ports, question);
    if (gate !== 'open') return `it was not sent: ${gateReasons[because]}`;
    // After the reads: whatever they waited for has passed by now.
    const inTime = isWithinLease(ports.clock, position.attempt?.until ?? '');
    return inTime ? undefined : 'it was not sent: it was held up for too long';
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return `it was not sent: whether it is still wanted could not be asked (${error.message})`;
  }
}

/** An act counts in the window of its grant. What comes too late for it asks for another one here, and is not sent when there is none. */
export class LastLooks {
  readonly #ports: RunPorts;
  readonly #position: Position;
  #grant: ActGrant;
  /** What the newest look said. */
  unwanted: string | undefined;
  /** When it may ask again, and with which turn, where that is what kept it from being sent. */
  turnPassed: { readonly until: string; readonly turn: string } | undefined;

  constructor(ports: RunPorts, position: Position, grant: ActGrant) {
    this.#ports = ports;
    this.#position = position;
    this.#grant = grant;
  }

  readonly look: LastLook = async () => {
    this.unwanted = await this.#whyNot();
    return this.unwanted;
  };

  async #whyNot(): Promise<string | undefined> {
    this.turnPassed = undefined;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const because = (await this.#renew()) ?? (await whyNotNow(this.#ports, this.#position));
      if (because !== undefined) return because;
      // Asking takes time, in which the window may have ended.
      if (!this.#isOver()) return undefined;
    }
    this.turnPassed = { until: this.#ports.clock.now().toISOString(), turn: this.#grant.turn };
    return TURN_PASSED;
  }

  /** By the clock that the grant was asked by: it is this process that sends. */
  #isOver(): boolean {
    return this.#ports.clock.now().getTime() >= Date.parse(this.#grant.endsAt);
  }

  async #renew(): Promise<string | undefined> {
    if (!this.#isOver()) return undefined;
    const { incident } = this.#position.file;
    const question = { incident, runId: runIdOf(incident.id, this.#position.run.number) };
    try {
      const grant = await takeGrant(this.#ports, question, this.#grant.turn);
      if ('endsAt' in grant) this.#grant = grant;
      else this.turnPassed = grant;
      return this.turnPassed && TURN_PASSED;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return `it was not sent: whether it is its turn could not be asked (${error.message})`;
    }
  }
}

/** The run as it is now; undefined when it was moved on, our attempt was judged, or another one was begun since. */
function sameRun(file: IncidentFile, { run, attempt }: Position): Run | undefined {
  const now = file.runs.find(({ number }) => number === run.number);
  if (now?.revision !== run.revision) return undefined;
  const newest = positionOf(file, now).attempt;
  return newest?.number === attempt?.number && newest?.outcome === undefined ? now : undefined;
}
