const { x86_64 } = await import("@kasan/arch-x86");
const { bootParameters } = await import("@kasan/kernel");
const { Cache, cacheFolder, FuzzSession, PREBUILT_FOLDER } = await import("@kasan/guest");
const arch = x86_64({ levels: 4 });
const cache = new Cache(cacheFolder(), [PREBUILT_FOLDER]);
const [files, tree] = [process.argv[2].split(","), process.argv[3]];
const mode = process.env.MODE ?? "generic";
const session = await FuzzSession.open({
  files,
  machine: {
    architecture: arch,
    memoryBytes: 16 << 20,
    mode,
    boot: bootParameters([], mode),
    seed: 1,
    multiShot: true,
    panicOnWarn: false,
    version: "6.12.0",
    without: [],
    cpus: 1,
  },
  compile: {
    instrument: "outline",
    shadowOffset: arch.layout.shadowOffset,
    optimize: "2",
    useAfterScope: true,
    defines: [],
    includes: [],
    stack: true,
    source: arch.source,
  },
  cache,
  jobs: 1,
  inputTimeout: 2,
  ...(tree && { tree: { folder: tree } }),
});
const input = new Uint8Array(200).map((_, i) => i * 7);
for (let r = 0; r < 4; r++) {
  const t = performance.now();
  let n = 0;
  while (performance.now() - t < 1500)
    for (let i = 0; i < 100; i++) {
      session.run(input);
      n++;
    }
  console.log("run+reset/s", Math.round(n / ((performance.now() - t) / 1000)));
}
const n = 0;
session.run(input);
console.log("pieces", session.snapshot.restore());
console.log(session.verifyReset());
session.close();
