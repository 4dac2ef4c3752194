// Runs snippets one after the other in one interpreter and tells what came of each.
//
// A request and an answer are a line `VENOM <bytes>` and that many bytes of JSON. They travel on the
// descriptors 3 and 4; 0, 1 and 2 belong to the snippets. The folder of the driver is `VENOM_ROOM`:
// `work` is where snippets are, `stdout` and `stderr` take what they print.
"use strict";
(() => {
  const fs = require("fs");
  const path = require("path");
  const util = require("util");
  const vm = require("vm");
  const ROOM = process.env.VENOM_ROOM;
  delete process.env.VENOM_ROOM;
  const OUT = path.join(ROOM, "desk", "out");
  const SHOWN = 4 << 20;
  const LARGEST = 8 << 20, WHOLE = 16 << 20, MOST = 200;
  let interrupted = null;
  process.on("SIGINT", () => { if (interrupted) interrupted(); });

  const exactly = (size) => {
    const data = Buffer.alloc(size);
    let at = 0;
    while (at < size) {
      const got = fs.readSync(3, data, at, size - at, null);
      if (got === 0) process.exit(0);
      at += got;
    }
    return data;
  };
  const request = () => {
    let head = "";
    while (!head.endsWith("\n")) head += exactly(1).toString("latin1");
    return JSON.parse(exactly(Number(head.split(" ")[1])).toString());
  };
  const tell = (answer) => {
    const body = Buffer.from(JSON.stringify(answer));
    const data = Buffer.concat([Buffer.from(`VENOM ${body.length}\n`), body]);
    let at = 0;
    while (at < data.length) {
      try {
        at += fs.writeSync(4, data, at);
      } catch (error) {
        if (error.code !== "EAGAIN") throw error;
      }
    }
  };
  const printed = (name) => {
    const file = path.join(ROOM, name);
    const all = fs.statSync(file).size;
    const size = Math.min(all, SHOWN);
    const data = Buffer.alloc(size);
    const open = fs.openSync(file, "r");
    const got = size > 0 ? fs.readSync(open, data, 0, size, 0) : 0;
    fs.closeSync(open);
    fs.truncateSync(file, 0);
    return { data: data.subarray(0, got).toString("base64"), dropped: Math.max(0, all - SHOWN) };
  };
  const state = (folder = OUT, found = new Map()) => {
    let entries = [];
    try { entries = fs.readdirSync(folder, { withFileTypes: true }); } catch { return found; }
    for (const entry of entries) {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) state(place, found);
      else if (entry.isFile()) {
        const about = fs.lstatSync(place, { bigint: true });
        found.set(place, `${about.mtimeNs} ${about.size}`);
      }
    }
    return found;
  };
  const left = (before) => {
    const artefacts = [], left_out = [];
    let room = WHOLE;
    const now = [...state()].sort((one, two) => (one[0] < two[0] ? -1 : 1));
    for (const [place, about] of now) {
      if (before.get(place) === about) continue;
      const size = Number(about.split(" ")[1]);
      const name = path.relative(OUT, place);
      if (size > LARGEST || size > room || artefacts.length >= MOST) { left_out.push(name); continue; }
      room -= size;
      artefacts.push({ name, data: fs.readFileSync(place).toString("base64") });
    }
    return { artefacts, left_out };
  };
  const run = async (source) => {
    const answer = { outcome: "ok", value: null, exception: null, code: null };
    try {
      let value = vm.runInThisContext(source, { filename: "snippet.js", breakOnSigint: true });
      if (value && typeof value.then === "function") {
        const stopped = new Promise((_, reject) => {
          interrupted = () => reject(Object.assign(new Error("interrupted"), { code: "ERR_SCRIPT_EXECUTION_INTERRUPTED" }));
        });
        value = await Promise.race([value, stopped]);
      }
      if (value !== undefined) answer.value = util.inspect(value).slice(0, 16000);
    } catch (error) {
      if (error && error.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") answer.outcome = "interrupted";
      else {
        answer.outcome = "raised";
        const is = error instanceof Error || (error && typeof error.stack === "string");
        answer.exception = {
          type: is ? String(error.name) : typeof error,
          message: String(is ? error.message : util.inspect(error)).slice(0, 8000),
          trace: String(is ? error.stack : util.inspect(error)).slice(0, 16000),
        };
      }
    } finally {
      interrupted = null;
    }
    return answer;
  };
  globalThis.require = require;
  process.chdir(path.join(ROOM, "desk"));
  const next = async () => {
    for (;;) {
      const asked = request();
      for (const link of asked.inputs) {
        const place = path.join(ROOM, "desk", link.name);
        try { fs.symlinkSync(link.path, place); } catch (error) { if (error.code !== "EEXIST") throw error; }
      }
      const before = state();
      const answer = await run(asked.source);
      answer.stdout = printed("stdout");
      answer.stderr = printed("stderr");
      Object.assign(answer, left(before));
      tell(answer);
    }
  };
  next();
})();
