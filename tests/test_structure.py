"""The house: who may import whom, that the engine names no city, that every file says its job in its first line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "transforms", "policies", "reports", "flows")
#: A package may import the ones named; `policies` compiles to the engine's plans and `flows` brings all together.
ALLOWED = {
    "schemas": set(),
    "transforms": {"schemas"},
    "policies": {"schemas", "transforms"},
    "reports": {"schemas", "policies"},
    "flows": {"schemas", "transforms", "policies", "reports"},
}
CITIES = (
    "baoding", "jining", "xianning", "changzhou", "hubei", "保定", "济宁", "咸宁", "常州", "湖北", "1306", "3708", "4212", "3204",
)  # fmt: skip
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
ENGINE = [file for file in MODULES if file.relative_to(ROOT).parts[0] in ("schemas", "transforms", "flows")]


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_imports_follow_the_arrows(file: Path) -> None:
    package = file.relative_to(ROOT).parts[0]
    foreign = imported(file) & set(PACKAGES) - {package}
    assert foreign <= ALLOWED[package], f"{name(file)} imports {sorted(foreign - ALLOWED[package])}"


@pytest.mark.parametrize("file", ENGINE, ids=name)
def test_the_engine_names_no_city(file: Path) -> None:
    text = file.read_text(encoding="utf-8").lower()
    named = [city for city in CITIES if city in text]
    assert not named, f"{name(file)} names {named}: a city stands in its policy file only"


@pytest.mark.parametrize("file", MODULES, ids=name)
def test_every_module_says_its_job_in_its_first_line(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert docstring and docstring.splitlines()[0].endswith(".")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_imported_packages_are_ours(package: str) -> None:
    module = __import__(package)
    assert module.__file__ is not None and Path(module.__file__).is_relative_to(ROOT)


def test_no_file_grows_out_of_sight() -> None:
    long = {name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert {file: lines for file, lines in long.items() if lines > 420} == {}
