// Which function a request is for: the most precise template that takes the path and the method. A wrong method is no
// match, so a less precise route may still answer; the host never says 405.
import type { HttpFunction } from '../indexing.ts';
import type { RouteValues } from './route-template.ts';

export interface Match {
  readonly fn: HttpFunction;
  readonly values: RouteValues;
}

export type Router = (method: string, path: string) => Match | undefined;

export function createRouter(functions: readonly HttpFunction[]): Router {
  const ordered = functions.toSorted((a, b) => (a.template.precedence < b.template.precedence ? -1 : 1) * differ(a, b));
  return (method, path) => {
    for (const fn of ordered) {
      if (!fn.methods.has(method)) continue;
      const values = fn.template.match(path);
      if (values) return { fn, values };
    }
    return undefined;
  };
}

/** 0 keeps the order of registration among equals. */
function differ(a: HttpFunction, b: HttpFunction): number {
  return a.template.precedence === b.template.precedence ? 0 : 1;
}
