// What giving, ending and looking after standing orders needs from the world.
import type { GateStore } from '../../ports/gate-store.ts';
import type { CommandPorts } from '../operator/command.ts';

export interface StandingOrderPorts extends CommandPorts {
  readonly gate: GateStore;
}
