"""`community documents`, as an operator types it."""

from __future__ import annotations

import hashlib
import json

from tests.support.commands import run

FEED = "query Feed($id: ID!) {\n  feed(communityId: $id) { nodes { id } }\n}"
ME = "{ me { nickname } }"


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def write(path, content):
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def list_digests(tmp_path):
    return [line.split()[0] for line in run("documents", "--list", cwd=tmp_path).stdout.splitlines()]


def test_manifests_and_folders_are_registered_once(tmp_path):
    run("migrate", cwd=tmp_path)
    relay = write(tmp_path / "relay.json", {digest(FEED): FEED})
    apollo = write(
        tmp_path / "apollo.json",
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": digest(ME), "name": "Me", "type": "query", "body": ME}],
        },
    )
    (tmp_path / "operations").mkdir()
    (tmp_path / "operations" / "feed.graphql").write_text(FEED, encoding="utf-8")
    assert run("documents", relay, cwd=tmp_path).stdout == "1 documents, 1 of them new\n"
    assert run("documents", apollo, cwd=tmp_path).stdout == "1 documents, 1 of them new\n"
    assert run("documents", "operations", cwd=tmp_path).stdout == "1 documents, 0 of them new\n"
    assert list_digests(tmp_path) == [digest(FEED), digest(ME)]
    assert run("documents", "--remove", digest(FEED), cwd=tmp_path).returncode == 0
    assert run("documents", "--remove", digest(FEED), cwd=tmp_path).returncode == 1
    assert list_digests(tmp_path) == [digest(ME)]


def test_one_refused_document_keeps_all_out(tmp_path):
    run("migrate", cwd=tmp_path)
    deep = "{ me " + "{ me " * 20 + "{ id }" + " }" * 20 + " }"
    texts = [ME, "query Wrong {\n  me {\n    nothing\n  }\n}", "{ me {", deep]
    manifest = write(tmp_path / "m.json", {digest(text): text for text in texts} | {"0" * 64: ME})
    done = run("documents", manifest, cwd=tmp_path)
    assert done.returncode == 1
    assert f"{digest(texts[1])[:16]}:3: Cannot query field 'nothing'" in done.stderr
    assert f"{digest(texts[2])[:16]}:1: Syntax Error" in done.stderr
    assert f"{digest(deep)[:16]}:1: Fields are nested more than 12 deep" in done.stderr
    assert f"{'0' * 16}: the key is not the SHA-256" in done.stderr
    assert list_digests(tmp_path) == []


def test_other_files_are_refused_without_a_traceback(tmp_path):
    run("migrate", cwd=tmp_path)
    numeric = {"format": "apollo-persisted-query-manifest", "operations": [{"id": 5, "body": ME}]}
    for content in ([], {"format": "apollo-persisted-query-manifest"}, "text", numeric, {digest(ME): 5}):
        done = run("documents", write(tmp_path / "m.json", content), cwd=tmp_path)
        assert (done.returncode, "is no manifest of documents" in done.stderr) == (1, True)
    assert run("documents", cwd=tmp_path).returncode == 2
    (tmp_path / "operations").mkdir()
    for name in ("m.json", "operations/feed.graphql"):
        (tmp_path / name).write_bytes("{ me { nickname } } # 桃".encode("gb18030"))
        done = run("documents", name.partition("/feed")[0], cwd=tmp_path)
        assert (done.returncode, "is not in UTF-8" in done.stderr) == (1, True)


def test_line_breaks_of_a_file_belong_to_its_digest(tmp_path):
    run("migrate", cwd=tmp_path)
    (tmp_path / "operations").mkdir()
    text = FEED.replace("\n", "\r\n")
    (tmp_path / "operations" / "feed.graphql").write_bytes(text.encode())
    run("documents", "operations", cwd=tmp_path)
    assert list_digests(tmp_path) == [digest(text)]


def test_digest_to_remove_may_have_capitals_and_prefix(tmp_path):
    run("migrate", cwd=tmp_path)
    run("documents", write(tmp_path / "m.json", {digest(ME): ME}), cwd=tmp_path)
    assert run("documents", "--remove", f"sha256:{digest(ME).upper()}", cwd=tmp_path).returncode == 0
    unknown = run("documents", "--remove", "0" * 64, cwd=tmp_path)
    assert (unknown.returncode, "There is no registered document" in unknown.stderr) == (1, True)
    assert list_digests(tmp_path) == []
