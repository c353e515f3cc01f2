// Schedules 1 to 2500 of the simulation suite; README.md says what they are.
import { keepsInvariants } from './keeps-invariants.ts';

keepsInvariants(1, 2500);
