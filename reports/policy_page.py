"""A page of headings, lines and tables: shown on a terminal by rich, or written as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

__all__ = ["Block", "Grid", "Heading", "Lines", "Page"]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the page."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Lines:
    """Lines of text, numbered when said."""

    lines: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; columns named in `right` hold figures, cells may hold line breaks."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    caption: str = ""


Block = Heading | Lines | Grid


@dataclass
class Page:
    """Blocks from top to bottom; a rich renderable."""

    blocks: list[Block] = field(default_factory=list)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for block in self.blocks:
            if isinstance(block, Heading):
                yield from _heading(block)
            elif isinstance(block, Lines):
                yield from _lines(block)
            else:
                yield from _table(block)

    def markdown(self) -> str:
        """The page as Markdown text."""
        return "\n".join(line for block in self.blocks for line in _markdown(block))


def _heading(block: Heading) -> Iterator[Text]:
    style = "bold underline" if block.level == 1 else "bold"
    yield Text("")
    yield Text(block.text, style=style)


def _lines(block: Lines) -> Iterator[Padding]:
    width = len(str(len(block.lines)))
    for number, line in enumerate(block.lines, 1):
        if block.numbered:
            grid = Table.grid(padding=(0, 1))
            grid.add_column(width=width + 1, justify="right")
            grid.add_column(overflow="fold")
            grid.add_row(f"{number}.", Text(line))
            yield Padding(grid, (0, 0, 0, 1))
        else:
            yield Padding(Text(line), (0, 0, 0, 2))


def _table(block: Grid) -> Iterator[Text | Table]:
    """Title and caption stand by themselves: a narrow table would break them."""
    if block.title:
        yield Text(f"\n  {block.title}", style="italic")
    table = Table(box=SIMPLE_HEAD)
    for number, name in enumerate(block.header):
        table.add_column(Text(name), justify="right" if number in block.right else "left", overflow="fold")
    for row in block.rows:
        table.add_row(*map(Text, row))
    yield table
    if block.caption:
        yield Text(f"  {block.caption}", style="dim")


def _markdown(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield from ("#" * block.level + f" {_escaped(block.text)}", "")
    elif isinstance(block, Lines):
        marks = (f"{n}. " if block.numbered else "- " for n in range(1, len(block.lines) + 1))
        yield from (mark + _escaped(line) for mark, line in zip(marks, block.lines, strict=True))
        yield ""
    else:
        yield from _markdown_table(block)


def _markdown_table(block: Grid) -> Iterator[str]:
    if block.title:
        yield from (f"**{_escaped(block.title)}**", "")
    yield _row(block.header)
    yield _row(["--:" if number in block.right else "---" for number in range(len(block.header))])
    yield from (_row([_escaped(cell) for cell in row]) for row in block.rows)
    yield ""
    if block.caption:
        yield from (_escaped(block.caption), "")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    for mark in ("\\", "|", "*", "_", "<", "`"):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "<br>")
