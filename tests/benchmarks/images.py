"""The speed of image renditions, compared with sharp.

    .venv/bin/python tests/benchmarks/images.py [--photographs 8] [--rounds 3]

Needs Node.js and npm. `npm install sharp@0.35.5` runs in a temporary folder. Both get the same drawn photographs of
twelve megapixels, every other one turned on its side. Both make the same renditions, 1080 and 480 wide and 200 square.
Each is a JPEG (quality 80, optimised tables, 4:2:0) and a WebP (quality 75, method 4, which is `effort: 4`).

sharp runs in its fastest way. It decodes a photograph once, at a fraction of its size. It makes each rendition from the
next larger one in memory. It has one thread and no cache. Our code does more for each photograph. It removes the
metadata of the original, and makes the placeholder, the colour and the perceptual hash.

Both take turns in one run. A rate is pictures per processor-second, without the start of the process. Processor time
includes that of the system and of child processes. A real worker and its children also run a whole queue. The cost of a
job is their time less that of the bare work. The benchmark prints the figures of each round and the medians. No figure
decides anything by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.accounts import logins
from community.accounts.models import Platform
from community.database import use_database
from community.demo import photographs
from community.kernel import outbox, storage
from community.kernel.migrate import migrate
from community.kernel.received import ReceivedFile
from community.media import images, uploads
from community.media.renditions import RenditionFormat
from community.settings import Settings
from community.system.valkey import EmbeddedValkey
from tests.support.backends import SECRET
from tests.support.burst import Burst
from workers import forking, process
from workers.queues import connect, enqueue

SHARP = "sharp@0.35.5"
SCRIPT = """
const fs = require('fs'), sharp = require('sharp'), [webp, ...paths] = process.argv.slice(2);
sharp.concurrency(1); sharp.cache(false);
async function make(data) {
  const files = {}, options = {resolveWithObject: true};
  let stage = await sharp(data, {limitInputPixels: 40e6}).autoOrient()
    .resize(1080, null, {withoutEnlargement: true}).raw().toBuffer(options);
  for (const [name, width, height] of [['1080', 1080, null], ['480', 480, null], ['200', 200, 200]]) {
    if (name !== '1080') stage = await sharp(stage.data, {raw: stage.info})
      .resize(width, height, {fit: 'cover'}).raw().toBuffer(options);
    const open = () => sharp(stage.data, {raw: stage.info});
    const jpeg = {quality: 80, optimiseCoding: true, chromaSubsampling: '4:2:0'};
    files[name + '.jpg'] = await open().jpeg(jpeg).toBuffer();
    if (webp === 'yes') files[name + '.webp'] = await open().webp({quality: 75, effort: 4}).toBuffer();
  }
  return files;
}
(async () => {
  const all = paths.map(path => fs.readFileSync(path));
  const first = await make(all[0]);
  const before = process.cpuUsage();
  for (const data of all) await make(data);
  const used = process.cpuUsage(before);
  const bytes = Object.fromEntries(Object.entries(first).map(([name, data]) => [name, data.length]));
  console.log(JSON.stringify({seconds: (used.user + used.system) / 1e6, bytes}));
})();
"""


def draw_photographs(folder: Path, count: int) -> list[Path]:
    paths = []
    for number, photograph in enumerate(photographs.draw_photographs(count)):
        paths.append(folder / f"{number}.jpg")
        paths[-1].write_bytes(photograph.data)
    return paths


def install_sharp(folder: Path) -> Path:
    subprocess.run(["npm", "install", "--silent", "--prefix", folder, SHARP], check=True)
    script = folder / "make.js"
    script.write_text(SCRIPT)
    return script


def measure_sharp(script: Path, paths: list[Path], forms: tuple[RenditionFormat, ...]) -> tuple[float, dict[str, int]]:
    """Return sharp's processor seconds, and the bytes of the first renditions."""
    webp = "yes" if RenditionFormat.WEBP in forms else "no"
    done = subprocess.run(["node", script, webp, *paths], check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    return answer["seconds"], answer["bytes"]


def _measure_in_process(paths: list[Path], forms: tuple[RenditionFormat, ...]) -> tuple[float, dict[str, int]]:
    every = [path.read_bytes() for path in paths]
    first = images.make(every[0], forms=forms)
    before = get_cpu_s(resource.RUSAGE_SELF)
    for data in every:
        images.make(data, forms=forms)
    return get_cpu_s(resource.RUSAGE_SELF) - before, {name: len(data) for name, data in first.files.items()}


def measure_ours(paths: list[Path], forms: tuple[RenditionFormat, ...]) -> tuple[float, dict[str, int]]:
    """Return our processor seconds and bytes, measured in another process."""
    with get_context("fork").Pool(1) as pool:
        return pool.apply(_measure_in_process, (paths, forms))


def get_cpu_s(whose: int) -> float:
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


async def _upload(settings: Settings, paths: list[Path]) -> None:
    async with use_database(settings):
        await migrate()
        storage.open_storage(settings)
        person = await logins.login(settings, Platform.DEVELOPMENT, "wx-benchmark")
        for path in paths:
            await uploads.receive(person, ReceivedFile.from_bytes(path.read_bytes()), key=path.name)
        connection = connect(settings)
        enqueue(await outbox.lease(lease_s=600), connection)
        connection.close()


def _empty_queue(settings: Settings) -> float:
    connection = connect(settings, timeout_s=None)
    forking.ForkingWorker.settings = settings
    before = get_cpu_s(resource.RUSAGE_SELF) + get_cpu_s(resource.RUSAGE_CHILDREN)
    process.start(Burst, "images", connection)
    return get_cpu_s(resource.RUSAGE_SELF) + get_cpu_s(resource.RUSAGE_CHILDREN) - before


async def _check_ready(settings: Settings, count: int) -> None:
    from community.kernel import db

    async with use_database(settings):
        assert await db.scalar("SELECT count(*) FROM media WHERE state = 'READY'") == count


def measure_jobs(folder: Path, paths: list[Path]) -> float:
    """Return the processor seconds of a worker for all photographs.

    The time of its children is included.
    """
    folder.mkdir()
    valkey = EmbeddedValkey(folder)
    valkey.start()
    try:
        settings = Settings(
            token_secret=SECRET, database_url=f"sqlite://{folder / 'db.sqlite3'}", redis_url=valkey.url,
            media_store=f"file://{folder / 'media'}",
        )  # fmt: skip
        context = get_context("fork")
        with context.Pool(1) as pool:
            pool.apply(_run_async, (_upload, settings, paths))
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=lambda: sender.send(_measure_worker(settings)))
        worker.start()
        seconds = receiver.recv()
        worker.join()
        with context.Pool(1) as pool:
            pool.apply(_run_async, (_check_ready, settings, len(paths)))
        return seconds
    finally:
        valkey.stop()


def _run_async(work, *args) -> None:
    asyncio.run(work(*args))


def _measure_worker(settings: Settings) -> float:
    forking.preload()
    return _empty_queue(settings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    forms_by_name = {"JPEG": (RenditionFormat.JPEG,), "JPEG and WebP": (RenditionFormat.JPEG, RenditionFormat.WEBP)}
    ratios: dict[str, list[float]] = {name: [] for name in forms_by_name}
    costs = []
    with tempfile.TemporaryDirectory(prefix="community-images-") as name:
        folder = Path(name)
        script = install_sharp(folder)
        paths = draw_photographs(folder, given.photographs)
        print(f"{len(paths)} photographs of {sum(path.stat().st_size for path in paths) / len(paths) / 1e6:.1f} MB")
        for number in range(given.rounds):
            for kind, forms in forms_by_name.items():
                sharp_s, sharp_bytes = measure_sharp(script, paths, forms)
                ours_s, our_bytes = measure_ours(paths, forms)
                ratios[kind].append(sharp_s / ours_s)
                if number == 0:
                    assert set(sharp_bytes) == set(our_bytes)
                    print(f"{kind}: bytes of one, sharp / ours: " + ", ".join(
                        f"{file} {size} / {our_bytes[file]}" for file, size in sharp_bytes.items()))  # fmt: skip
                print(f"round {number + 1}, {kind}: sharp {len(paths) / sharp_s:.2f} pictures a processor-second,"
                      f" ours {len(paths) / ours_s:.2f}, ratio {ratios[kind][-1]:.2f}")  # fmt: skip
            job_s = measure_jobs(folder / f"jobs-{number}", paths)
            bare_s, _ = measure_ours(paths, forms_by_name["JPEG and WebP"])
            costs.append(1 - bare_s / job_s)
            print(f"round {number + 1}, jobs: {job_s / len(paths) * 1000:.0f} ms of a processor a picture, of which"
                  f" {bare_s / len(paths) * 1000:.0f} bare work: {costs[-1]:.1%} is the job's own")  # fmt: skip
    for kind, found in ratios.items():
        print(f"{kind}: median ratio to sharp {statistics.median(found):.2f}")
    print(f"job: median {statistics.median(costs):.1%} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
