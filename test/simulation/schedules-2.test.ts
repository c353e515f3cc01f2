// Schedules 2501 to 5000 of the simulation suite; README.md says what they are.
import { keepsInvariants } from './keeps-invariants.ts';

keepsInvariants(2501, 2500);
