import { type Check, result } from "./check.ts";

/** Whether the variables of the frame are in order, and none has the address in it. */
export const variables: Check = (report) => {
  const frame = report.stack?.frame;
  if (frame === undefined || frame.objects.length === 0) return undefined;
  const { objects } = frame;
  const said = report.lines.find(({ raw }) => /[Tt]his frame has \d+ objects?:/.test(raw));
  const count = Number(/has (\d+) /.exec(said?.raw ?? "")?.[1] ?? objects.length);
  if (count !== objects.length) {
    return result(
      report,
      "variables",
      false,
      `the frame is said to have ${count} variables, and ${objects.length} are listed`,
      "stack-location",
    );
  }
  const disorder = objects.find((one, i) => one.start >= one.end || (i > 0 && one.start < objects[i - 1]!.end));
  if (disorder)
    return result(report, "variables", false, `the variable ${disorder.name} overlaps another`, "stack-location");
  return result(report, "variables", true, `${count} variables of the frame are in order`, "stack-location");
};
