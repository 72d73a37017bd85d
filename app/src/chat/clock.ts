/** Time as a dependency, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since 1970, integer. */
  now(): number;
  /** Milliseconds since some fixed moment, with fractions: for durations. */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, callback: () => void): Cancel;
}

export type Cancel = () => void;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
