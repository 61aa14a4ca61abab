"""Parts of a log: of files by place, of engines by time; and what a line says."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.deployment.logs import PIECE, of_file, of_pods, of_stamps, read_line

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300), max_size=60)


def reader(content: bytes):
    def read(begin: int, count: int) -> tuple[int, int, bytes]:
        begin = max(0, len(content) + begin) if begin < 0 else begin if begin <= len(content) else 0
        return len(content), begin, content[begin : begin + count]

    return read


@given(WORDS, st.integers(1, 20))
def test_a_log_read_upwards_in_parts_is_the_log(lines, step):
    content = "".join(f"{line}\n" for line in lines).encode()
    part = of_file(reader(content), step, "", "")
    found = list(part.lines)
    while part.start:
        part = of_file(reader(content), step, "", part.start)
        found = [*part.lines, *found]
    assert found == lines


@given(WORDS, WORDS)
def test_what_came_since_is_read_once_and_whole(before, since):
    first = "".join(f"{line}\n" for line in before).encode()
    more = first + "".join(f"{line}\n" for line in since).encode()
    part = of_file(reader(first), 100, "", "")
    half = of_file(reader(more[:-3]), 100, part.end, "")  # a line that is being written is not there yet
    rest = of_file(reader(more), 100, half.end, "")
    if since and len(since[-1].encode()) > 2 and len(since) > 1:
        assert [*half.lines, *rest.lines] == since
    assert of_file(reader(more), 100, rest.end, "").lines == ()


def test_much_that_came_since_comes_in_pieces():
    content = b"0123456789abcdef\n" * (PIECE // 10)
    part = of_file(reader(content), 1, "0", "")
    assert part.more and len(part.lines) * 17 == int(part.end) <= PIECE
    assert not of_file(reader(content), 1, part.end, "").more


def test_a_log_that_was_begun_anew_is_read_from_its_beginning():
    assert of_file(reader(b"new\n"), 10, "5000", "").lines == ("new",)


def test_engines_tell_a_log_by_time_and_no_line_comes_twice():
    text = "2026-03-01T08:00:00.1Z one\n2026-03-01T08:00:00.12Z two\n2026-03-01T09:00:01.000000003+01:00 three\n"
    part = of_stamps(text, 2, "", "")
    assert part.lines == ("two", "three") and part.start
    assert of_stamps(text, 5, "", part.start).lines == ("one",)
    assert of_stamps(text + "2026-03-01T08:00:01.000000004Z four\n", 5, part.end, "").lines == ("four",)


def test_lines_of_several_pods_stand_in_the_order_of_time_with_their_names():
    texts = {"a-1": "2026-03-01T08:00:00Z one\n2026-03-01T08:00:02Z three\n", "a-2": "2026-03-01T08:00:01Z two\n"}
    assert of_pods(texts, 9, "", "").lines == ("a-1  one", "a-2  two", "a-1  three")


def test_a_structured_line_tells_its_level_and_its_fields_and_any_other_is_its_text():
    line = read_line(
        '{"time": "2026-03-01T08:00:00.123+00:00", "level": "warning", "message": "slow", "ms": 12, "id": "a"}'
    )
    assert line.reaches("info") and not line.reaches("error")
    assert line.text.endswith("WARNING  slow ms=12 id=a") and ".123" in line.text
    for odd in ("model starts", "{", '{"level": 3}', "[1]", '{"level": "info", "time": 7}', ""):
        assert read_line(odd).text == odd
        assert read_line(odd).reaches("critical") or "info" in odd


def test_a_log_on_this_machine_is_read_from_where_it_was(tmp_path: Path):
    from connectors.process.target import ProcessTarget
    from engine.deployment.target import Context

    folder = tmp_path / "releases" / "r1"
    folder.mkdir(parents=True)
    target = ProcessTarget(Context("local", "process://local", home=tmp_path))
    assert target.log("r1").lines == ()
    (folder / "log").write_text("one\ntwo\n")
    part = target.log("r1", 1)
    assert part.lines == ("two",) and target.log("r1", 5, before=part.start).lines == ("one",)
    with (folder / "log").open("a") as file:
        file.write("three\nfo")
    assert target.log("r1", after=part.end).lines == ("three",)
