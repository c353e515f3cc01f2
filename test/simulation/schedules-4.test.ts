// Schedules 7501 to 10000 of the simulation suite; README.md says what they are.
import { keepsInvariants } from './keeps-invariants.ts';

keepsInvariants(7501, 2500);
