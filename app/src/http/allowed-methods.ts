interface Route {
  readonly method: string;
  /** A pattern such as `/ws/chat/:connectionId`. */
  readonly path: string;
}

/** The methods that a path serves, for 405 and its `Allow`; none for a path that serves nothing. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const methods = routes.filter((route) => matches(route.path, path)).map(({ method }) => method);
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}

function matches(pattern: string, path: string): boolean {
  const expected = segmentsOf(pattern);
  const actual = segmentsOf(path);
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => segment.startsWith(":") || segment === actual[index])
  );
}

const segmentsOf = (path: string): string[] => path.split("/").filter((segment) => segment !== "");
