// Two instances with pm2: README, "Without Docker". `pm2 start scripts/pm2.config.cjs`. Yours to change: paths and ports.

const ports = [3001, 3002];
const release = "/opt/holdline/current";
const state = "/var/lib/holdline";

const instance = (port) => ({
  name: `holdline-${port}`,
  cwd: release,
  // A program like any other: pm2's own way to run Bun loads the file into a wrapper of its own.
  script: "/usr/local/bin/bun",
  // Secrets and settings stay out of what `pm2 save` writes down. No PORT in there.
  args: ["--env-file=/etc/holdline/holdline.env", "main.js"],
  interpreter: "none",
  // Not cluster mode: that is Node's. Each instance has a port and a control socket of its own.
  exec_mode: "fork",
  instances: 1,
  // DRAIN_DEADLINE (120 s) and 10 s more: raise both together. pm2 kills after 1.6 s otherwise.
  kill_timeout: 130_000,
  // The main process ends the others itself.
  treekill: false,
  // A configuration that cannot be used stays so: pm2 says "waiting restart" of it, and does not. Anything else is started
  // again, each time a little later.
  stop_exit_codes: [78],
  exp_backoff_restart_delay: 100,
  env: {
    NODE_ENV: "production",
    PORT: String(port),
    CONTROL_SOCKET: `${state}/${port}.sock`,
    DATABASE_PATH: `${state}/${port}.db`,
    LOG_DIR: `/var/log/holdline/${port}`,
  },
});

module.exports = { apps: ports.map(instance) };
