// After everything else: what failed, and why, in a line each. A log that is kept by its end alone still tells.

import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** Without colours, on one line. */
const plain = (words: string): string => words.replace(/\u001b\[[0-9;]*m/g, "").replace(/\s+/g, " ").trim();

export default class Failures implements Reporter {
  private readonly lines: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus || result.status === "skipped") return;
    const error = result.errors[0];
    const place = error?.location ? `${error.location.file.split("/").pop()}:${error.location.line}` : "?";
    const why = plain(error?.message ?? result.status).slice(0, 300);
    this.lines.push(`FAILED ${test.parent.project()?.name} ${place} "${test.title}": ${why}`);
  }

  onEnd(result: FullResult): void {
    if (result.status !== "passed") console.log(this.lines.join("\n") || `the run ended: ${result.status}`);
  }
}
