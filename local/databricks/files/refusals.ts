// What the real Workspace API rejects, limits and loses, and this one with it. Sources as in ../refusals.ts.
//
// It REJECTS: a path that does not begin with `/`; an unknown path (404 RESOURCE_DOES_NOT_EXIST); an import over something that is
//   there, without `overwrite` or where the kinds differ; an import below a folder that does not exist; source without language;
//   content that is no base64; the deletion of a folder that is not empty without `recursive`, and of a root folder; a folder where
//   an object stands in the way (400 RESOURCE_ALREADY_EXISTS).
// It LIMITS: 10 MB for imports and exports (MAX_NOTEBOOK_SIZE_EXCEEDED); calls per second (LIMITS in ../refusals.ts).
// It LOSES: the object's id, and with it every permission set on it, when it is deleted and imported again, by anybody; outputs and
//   comments of a notebook at its export; PATCH with an empty body (200, nothing done).
// NOT simulated: formats beyond SOURCE, JUPYTER and AUTO, the export of folders, libraries, git folders, dashboards.

/** [doc] of the content as it is sent. */
export const CONTENT_BYTES = 10 * 1024 * 1024;
/** There from the start, and not to be deleted. */
export const ROOT_FOLDERS = ['/', '/Shared', '/Users', '/Repos'] as const;
