/**
 * The samples of a Prometheus text by their full series name. Throws at what Prometheus would refuse: a line
 * that does not parse, a series twice, a sample outside its family's block.
 */
export function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let family = "";
  for (const line of text.split("\n").filter(Boolean)) {
    const type = /^# TYPE (\w+) (?:counter|gauge|histogram)$/.exec(line)?.[1];
    if (type) family = type;
    if (line.startsWith("# ")) continue;
    const [, series = "", name = "", value = ""] = samplePattern.exec(line) ?? [];
    if (!series || !isOfFamily(name, family)) throw new Error(`not a sample of ${family}: ${line}`);
    if (samples.has(series)) throw new Error(`twice: ${series}`);
    samples.set(series, value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value));
  }
  return samples;
}

const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\.)*"`;
const samplePattern = new RegExp(
  String.raw`^((\w+)(?:\{${label}(?:,${label})*\})?) (-?[\d.]+(?:e[+-]?\d+)?|\+Inf)$`,
);

function isOfFamily(name: string, family: string): boolean {
  return name === family || [`${family}_bucket`, `${family}_sum`, `${family}_count`].includes(name);
}
