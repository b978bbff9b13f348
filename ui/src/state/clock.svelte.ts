// One tick for everything that shows time: each second while the window is seen, none while it is hidden.

export class Clock {
  /** This computer's time, in milliseconds, as of the last tick. */
  now = $state(Date.now());
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;

  /** Starts ticking; the returned function ends it. */
  start(): () => void {
    this.running = true;
    const look = () => (document.hidden ? this.rest() : this.tick());
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      this.running = false;
      document.removeEventListener('visibilitychange', look);
      this.rest();
    };
  }

  /** AWS's time on a connection with this clock offset. */
  aws(offsetMs: number): number {
    return this.now + offsetMs;
  }

  private tick = () => {
    clearTimeout(this.timer);
    if (!this.running || document.hidden) return;
    this.now = Date.now();
    // On the whole second, so that all countdowns step together and the tick does not drift.
    this.timer = setTimeout(this.tick, 1000 - (this.now % 1000));
  };

  private rest(): void {
    clearTimeout(this.timer);
  }
}
