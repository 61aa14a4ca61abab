"""The gateway's configuration: read by HAProxy itself, and shut against what could become another line of it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import pytest

from engine.agent.gateway import Gateway, Slot, config, header_rule, key_name, maps
from engine.deployment.plan import Plan, plan_of
from engine.errors import UsageError

FULL = Gateway(
    18080,
    "127.0.0.1",
    {"blue": Slot("ab12-3", "127.0.0.1:18081", 95), "green": Slot("ab12-4", "127.0.0.1:18082", 5)},
    {"X-Line=3": "green", "X-Lineside-Release=new": "green"},
    {key_name("ls_line3_secret"): "green", "0" * 64: "blue"},
    {"*": 100},
)


@pytest.mark.skipif(not shutil.which("haproxy", path="/usr/sbin:/usr/bin"), reason="haproxy is not here")
@pytest.mark.parametrize("gateway", [FULL, Gateway(18080), replace(FULL, listen="0.0.0.0")])
@pytest.mark.parametrize("root", [True, False])
def test_haproxy_takes_the_configuration_without_a_warning(tmp_path, gateway, root):
    for name, text in {**maps(gateway), "haproxy.cfg": config(gateway, root=root)}.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [shutil.which("haproxy", path="/usr/sbin:/usr/bin"), "-c", "-f", "haproxy.cfg"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr


def test_a_gateway_is_kept_as_json_as_it_is():
    assert Gateway.from_json(FULL.to_json()) == FULL


def test_weights_are_absolute_and_an_empty_slot_is_off():
    text = config(replace(FULL, slots={**FULL.slots, "green": Slot()}))
    assert "server blue 127.0.0.1:18081 weight 95\n" in text
    assert "server green 127.0.0.1:1 weight 0 disabled\n" in text


HOSTILE = [
    "a b",
    "a\nserver evil 10.0.0.1:80",
    "a\r\nb",
    "a\tb",
    'a"b',
    "a'b",
    "a#b",
    "a;b",
    "a{b}",
    "%[src]",
    "a\\b",
    "a$(id)",
    "ü",
    "",
    "\0",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_become_another_line_or_word_is_refused_everywhere(text):
    for rule in (f"X-Line={text}", f"{text}=3", text):
        with pytest.raises(UsageError):
            header_rule(rule)
    slot = FULL.slots["blue"]
    wrong = [
        replace(FULL, headers={f"X-Line={text}": "blue"}),
        replace(FULL, headers={"X-Line=3": text}),
        replace(FULL, keys={text: "blue"}),
        replace(FULL, keys={"0" * 64: text}),
        replace(FULL, limits={text: 3}),
        replace(FULL, listen=text),
        replace(FULL, slots={**FULL.slots, "blue": replace(slot, address=f"127.0.0.1:{text}")}),
        *([replace(FULL, slots={**FULL.slots, "blue": replace(slot, release=text)})] if text else []),
    ]
    for gateway in wrong:
        with pytest.raises(UsageError):
            config(gateway)


def test_an_api_key_is_known_by_its_id_or_its_hash_and_never_by_itself():
    assert key_name("ls_line3_4f9a") == key_name("line3") == "line3"
    assert key_name("a secret of 2019!") == key_name(key_name("a secret of 2019!"))
    assert "secret" not in key_name("a secret of 2019!")


@pytest.mark.parametrize(
    ("words", "plan"),
    [
        ({}, None),
        ({"canary": "5,25,100", "pace": "80"}, Plan("canary", (5, 25, 100), 80)),
        ({"canary": "10%", "pace": "20,1.5min"}, Plan("canary", (10, 100), 20, 90.0)),
        ({"mirror": True}, Plan("mirror")),
        ({"header": "X-Line=3", "pace": "30s"}, Plan("header", (), 50, 30.0, header="X-Line=3")),
        ({"key": "ls_line3_secret"}, Plan("key", key="line3")),
    ],
)
def test_a_plan_is_what_the_words_say(words, plan):
    assert plan_of(**words) == plan
    assert plan is None or Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    "words",
    [
        {"canary": "0,100"}, {"canary": "50,25"}, {"canary": "5,5"}, {"canary": "101"}, {"canary": "-5"}, {"canary": "a"},
        {"canary": ","}, {"canary": "5", "mirror": True}, {"pace": "50"}, {"canary": "5", "pace": "5x"},
        {"canary": "5", "pace": "1.5"}, {"header": "X-Line"}, {"header": "X Line=3"}, {"header": "X-Line=3\n4"},
    ],
)  # fmt: skip
def test_words_that_make_no_plan_are_refused(words):
    with pytest.raises(UsageError):
        plan_of(**words)
