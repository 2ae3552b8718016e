// Houses to test: the settings of one, free ports for it, and how one is started, told something and stopped.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The program under test; a relative name is read from where npm was called. */
export const SPARK = process.env.SPARK_BIN
  ? resolve(process.env.INIT_CWD ?? ".", process.env.SPARK_BIN)
  : join(dirname(fileURLToPath(import.meta.url)), "../../target/debug/spark");

/** The password of every sign-in that `spark demo` makes. */
export const PASSWORD = "spark-demo-2026";

const run = promisify(execFile);

/** So many ports that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((done) => server.listen(0, "127.0.0.1", () => done(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** A folder that is removed when the run ends well or badly. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "spark-e2e-"));
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The settings of a demonstration house of its own. */
export function settings(data: string, port: number, sandboxPort: number): Record<string, string> {
  return {
    SPARK_ENVIRONMENT: "demo",
    SPARK_DATA_DIR: data,
    SPARK_LISTEN: `127.0.0.1:${port}`,
    SPARK_SANDBOX_LISTEN: `127.0.0.1:${sandboxPort}`,
    SPARK_SANDBOX_URL: `http://127.0.0.1:${sandboxPort}`,
    // A test may say from which address it comes, so that the limits of one do not stop another.
    SPARK_TRUSTED_PROXIES: "127.0.0.1",
    SPARK_LOG: "warn",
  };
}

/** A house that serves. */
export class House {
  private constructor(
    readonly url: string,
    readonly env: Record<string, string>,
    private readonly server: ChildProcess,
  ) {}

  /** Starts `spark serve` in a fresh folder, after the commands in `before`; `more` are settings over the usual ones. */
  static async start(before: Command[] = [], more: Record<string, string> = {}): Promise<House> {
    const [port, sandboxPort] = (await freePorts(2)) as [number, number];
    const env = { ...settings(folder(), port, sandboxPort), ...more };
    for (const command of before) await tell(env, command);
    const url = `http://${env.SPARK_LISTEN}`;
    const server = spawn(SPARK, ["serve"], { env: inherited(env), stdio: ["ignore", "ignore", "inherit"] });
    const house = new House(url, env, server);
    await house.ready();
    return house;
  }

  private async ready(): Promise<void> {
    const patience = Date.now() + 20_000;
    while (Date.now() < patience && this.server.exitCode === null) {
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    await this.stop();
    throw new Error(`no house at ${this.url}`);
  }

  /** Runs a command in it while it serves. */
  tell(command: Command): Promise<string> {
    return tell(this.env, command);
  }

  /** Stops it and waits until it is gone. */
  async stop(): Promise<void> {
    if (this.server.exitCode !== null || this.server.signalCode !== null) return;
    const gone = new Promise((done) => this.server.once("exit", done));
    this.server.kill("SIGTERM");
    await gone;
  }
}

/** A command of the program, what it reads, and whether it may end without doing all of it (status 3). */
export type Command = { args: string[]; input?: string; refuses?: boolean };

/** Runs a command under these settings and returns what it printed. */
export async function tell(env: Record<string, string>, command: Command): Promise<string> {
  const { args, input = "", refuses = false } = command;
  const running = run(SPARK, args, { env: inherited(env) });
  running.child.stdin?.end(input);
  return (await running.catch((error) => (refuses && error.code === 3 ? error : Promise.reject(error)))).stdout;
}

/** Ours over those of this process, but for settings that are meant for another house. */
function inherited(env: Record<string, string>): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("SPARK_"));
  return { ...Object.fromEntries(others), ...env };
}
