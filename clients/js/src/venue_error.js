/** Why the venue, or its gateway, did not do something: `name` and `code` of proto/errors.toml. */
export class VenueError extends Error {
  constructor(error) {
    super(error.message ?? error.name);
    this.name = error.name;
    this.code = error.code ?? 0;
    this.result = error.result ?? null;
    this.retry = error.retry ?? false;
    this.retryAfterMs = error.retry_after_ms ?? 0;
    this.values = error.values ?? {};
  }
}
