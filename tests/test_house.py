"""The house style and the recipes of `docs/contributing.md`, where no other tool checks them."""

from __future__ import annotations

import ast
import io
import pkgutil
import re
import tokenize
from importlib import import_module
from pathlib import Path

import pytest

import community
from community.api.mutation_errors import ErrorCode
from community.database import MODELS
from community.kernel.errors import Refusal
from tests.support.vocabulary import BANNED, OPENINGS, VERBS

SOURCES = Path(community.__path__[0])


def find_modules(last):
    """Return the modules of the service with this last part of their name."""
    found = (module.name for module in pkgutil.walk_packages(community.__path__, "community."))
    return [name for name in found if name.rpartition(".")[2] == last]


def test_every_room_s_refusals_are_codes_of_the_schema():
    for name in find_modules("errors"):
        import_module(name)
    assert {code.value for code in ErrorCode} == set(Refusal.codes())


def test_every_room_s_tables_are_in_the_database():
    assert sorted(MODELS) == sorted(find_modules("models"))


def test_the_edge_is_held_apart_from_every_room():
    contracts = (SOURCES.parents[1] / "pyproject.toml").read_text()
    contract = contracts.partition("The edge knows the kernel")[2].partition("[[")[0]
    rooms = {path.parent.name for path in SOURCES.glob("*/__init__.py")} - {"api", "kernel", "migrations", "texts"}
    modules = {f"api.{path.stem}" for path in SOURCES.glob("api/*.py")} - {"api.__init__"}
    assert [name for name in sorted(rooms | modules) if f'"community.{name}"' not in contract] == []


ROOT = Path(__file__).parents[1]
ROOMS = sorted(path.name for path in SOURCES.iterdir() if path.is_dir() and any(path.glob("*.py")))
PLACES = [*ROOMS, "community", "workers"]
TEST_FOLDERS = sorted(path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("*.py")))
MAX_WORDS = 14
MAX_TEST_WORDS = 9
MAX_LINES = 300

_BANNED = re.compile(r"\b(" + "|".join(BANNED) + r")\b", re.IGNORECASE)
_LONG_NAMES = ROOT / "tests" / "support" / "long_test_names.txt"


def list_files(place: str) -> list[Path]:
    """Return the source files of a room, of the package's own folder or of the workers."""
    if place == "community":
        return sorted(SOURCES.glob("*.py"))
    folder = ROOT / "workers" if place == "workers" else SOURCES / place
    return sorted(path for path in folder.rglob("*.py") if "migrations" not in path.parts or path.name == "__init__.py")


def list_tests(folder: str) -> list[Path]:
    """Return the test files of a folder, without the list of banned words itself."""
    files = (ROOT / "tests").glob("*.py") if folder == "tests" else (ROOT / "tests" / folder).rglob("*.py")
    return sorted(path for path in files if path.name != "vocabulary.py")


def find_banned_words(path: Path) -> list[str]:
    """Return the place and the word for each banned word of a file."""
    return [
        f"{where(path, line)}: {match.group(0)!r}" for line, text in prose(path) for match in _BANNED.finditer(text)
    ]


def first_line(docstring: str) -> str:
    """Return the first sentence or the first line, whichever ends earlier."""
    line = docstring.split("\n\n", maxsplit=1)[0].replace("\n", " ")
    return re.split(r"(?<=[.!?])\s", line)[0]


def is_field(node: ast.AST, path: Path) -> bool:
    """Return True for a property and for a field of the graph: these are described by a noun."""
    decorators = getattr(node, "decorator_list", [])
    names = {ast.unparse(decorator).split("(")[0].rpartition(".")[2] for decorator in decorators}
    in_graph = "api" in path.parts and path.stem != "mutations" and bool(names - {"staticmethod", "classmethod"})
    return in_graph or bool(names & {"property", "cached_property", "fixture"})


def docstrings(path: Path):
    """Yield (line, node, docstring) for the module, its classes and its functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found = ast.get_docstring(node)
            if found:
                yield getattr(node, "lineno", 1), node, found


def prose(path: Path):
    """Yield (line, text) for every comment and every docstring or description."""
    text = path.read_text()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
        if isinstance(node, ast.keyword) and node.arg == "description" and isinstance(node.value, ast.Constant):
            yield node.value.lineno, str(node.value.value)


def where(path: Path, line: int) -> str:
    """Return the place as `file:line`, relative to the repository."""
    return f"{path.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("place", PLACES)
def test_docstring_begins_with_a_verb(place):
    wrong = [
        f"{where(path, line)}: {node.name}: {first_line(text)}"
        for path in list_files(place)
        for line, node, text in docstrings(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not is_field(node, path)
        and first_line(text).split()[0].rstrip(".,") not in VERBS
    ]
    assert wrong == []


@pytest.mark.parametrize("place", PLACES)
def test_docstring_first_line_is_short(place):
    wrong = [
        f"{where(path, line)}: {first_line(text)}"
        for path in list_files(place)
        for line, _, text in docstrings(path)
        if len(first_line(text).split()) > MAX_WORDS or ";" in first_line(text) or OPENINGS.match(text)
    ]
    assert wrong == []


def test_source_files_are_short():
    sources = [*SOURCES.rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
    lengths = {where(path, len(path.read_text().splitlines())) for path in sources}
    assert [place for place in sorted(lengths) if int(place.rpartition(":")[2]) > MAX_LINES] == []


@pytest.mark.parametrize("place", PLACES)
def test_prose_has_no_banned_words(place):
    assert [word for path in list_files(place) for word in find_banned_words(path)] == []


@pytest.mark.parametrize("folder", ["tests", *TEST_FOLDERS])
def test_prose_of_tests_is_plain(folder):
    files = list_tests(folder)
    openings = [
        f"{where(path, line)}: {first_line(text)}"
        for path in files
        for line, _, text in docstrings(path)
        if OPENINGS.match(text)
    ]
    assert [*openings, *(word for path in files for word in find_banned_words(path))] == []


def test_names_of_new_tests_are_short():
    known = set(_LONG_NAMES.read_text().split())
    found = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name.split("_")) - 1 > MAX_TEST_WORDS
    }
    assert sorted(found - known) == []
    assert sorted(known - found) == [], "these names are gone: take them off the list"
