// Schedules 5001 to 7500 of the simulation suite; README.md says what they are.
import { keepsInvariants } from './keeps-invariants.ts';

keepsInvariants(5001, 2500);
