// How far Lakewarden may go by itself (E8), as an estate file says it.
import * as z from 'zod';
import type { Autonomy } from '../playbooks/gate.ts';

const autonomies = ['shadow', 'approve', 'auto'] as const satisfies readonly Autonomy[];

export const autonomySchema = z.enum(autonomies);
