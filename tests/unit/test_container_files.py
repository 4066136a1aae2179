"""The container files, as far as they can be judged without a daemon: what they copy and start
exists, nothing runs as root or may be written, and the example configurations are valid."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from strikeproof.cli.main import main
from strikeproof.config import load_config
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.verifier.config import VerifierConfig
from tests.unit.test_alert_rules import Site, promtool
from tools import dashboard

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/examples/docker"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
NODES = ("sequencer", "verifier", "evidence", "gateway")


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, each with what follows it."""
    text = (FOLDER / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def is_sent(path: str) -> bool:
    """Whether a path of the repository is in the build's context, by the ignore file's last word on
    it or on a folder above it."""
    sent = True
    rules = (FOLDER / "Dockerfile.dockerignore").read_text().splitlines()
    parts = path.split("/")
    above = ["/".join(parts[: at + 1]) for at in range(len(parts))]
    for rule in rules:
        if not rule.strip() or rule.startswith("#"):
            continue
        pattern = rule.removeprefix("!")
        if pattern.startswith("**/"):
            hit = any(fnmatch.fnmatch(each, pattern[3:]) for each in parts)
        else:
            hit = any(fnmatch.fnmatch(each, pattern) for each in above)
        if hit:
            sent = rule.startswith("!")
    return sent


def test_image_begins_with_nothing_and_is_built_on_a_pinned_base() -> None:
    (base,) = [rest for word, rest in instructions() if word == "ARG"]
    assert re.fullmatch(r"PYTHON=python:3\.\d+-slim-\w+", base)
    froms = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert froms == ["${PYTHON}", "scratch"]


def test_image_runs_as_nobody_and_starts_the_command() -> None:
    last = dict(stages()[-1])
    assert last["USER"] == "65532:65532"
    assert json.loads(last["ENTRYPOINT"]) == ["strikeproof"]
    assert "PATH=/opt/strikeproof/bin" in last["ENV"]
    assert "PYTHONDONTWRITEBYTECODE=1" in last["ENV"]
    # Nothing of the build but the image's root: no compiler, no sources; and nothing runs there.
    assert [rest for word, rest in stages()[-1] if word == "COPY"] == ["--from=build /image /"]
    assert "RUN" not in last


def test_root_of_the_image_runs_python_and_has_no_shell(tmp_path: Path) -> None:
    """With an environment without packages, on this system: its own interpreter and libraries."""
    environment, root = tmp_path / "venv", tmp_path / "image"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    interpreter = environment / "bin/python"
    subprocess.run(
        [interpreter, "-m", "tools.root_filesystem", environment, root],
        env={"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert not [*root.rglob("sh"), *root.rglob("bash"), *root.rglob("apt*"), *root.rglob("pip")]
    assert (root / "data").stat().st_mode & 0o777 == 0o700
    program = "import ctypes, hashlib, socket, sqlite3, ssl, sys; print(sys.prefix)"
    if os.geteuid() == 0:
        done = subprocess.run(
            ["chroot", root, interpreter, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == str(environment)


def test_everything_copied_is_in_the_context_and_secrets_are_not() -> None:
    for word, rest in stages()[0]:
        if word != "COPY":
            continue
        *sources, _ = shlex.split(rest)
        for each in sources:
            assert (ROOT / each).exists(), each
            assert each == "." or is_sent(each), each
    tracked = subprocess.run(
        ["git", "ls-files", "strikeproof", "sequencer", "verifier", "gateway", "cli", "proto"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [each for each in tracked if not is_sent(each)] == []
    for each in (".git/config", "keys/sequencer.json", "devnet-data/x", "tests/harness.py", ".env"):
        assert not is_sent(each), each


def test_modules_and_options_of_the_build_exist() -> None:
    text = "\n".join(rest for word, rest in instructions() if word == "RUN")
    for module in re.findall(r"python -m (tools\.\w+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists()
    extras = (ROOT / "pyproject.toml").read_text()
    for extra in re.findall(r"--extra (\w+)", text):
        assert re.search(rf"^{extra} = ", extras, re.MULTILINE)


@pytest.mark.parametrize("name", NODES)
def test_node_is_locked_down(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["user"] == "65532:65532"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["stop_grace_period"] == "15s"  # a node ends within ten seconds
    writable = [each for each in service.get("volumes", []) if not each.endswith(":ro")]
    stores = {"evidence": "verifier"}  # whose store it reads; sqlite shares memory through files
    assert writable in ([], [f"{stores.get(name, name)}:/data"])


@pytest.mark.parametrize("name", NODES)
def test_command_of_the_service_exists_and_takes_its_options(name: str, tmp_path: Path) -> None:
    config = tmp_path / "node.toml"
    config.write_text("")
    given = [
        str(config) if each.endswith(".toml") else re.sub(r"\$\{.*\}", "http://l1", each)
        for each in COMPOSE["services"][name]["command"]
    ]
    context, command = click.Context(main), main
    found: click.Command = command
    while isinstance(found, click.Group):
        step = found.get_command(context, given.pop(0))
        assert step is not None
        found = step
    found.make_context(found.name, given)


def test_example_files_are_valid_and_meet_the_compose_file() -> None:
    sequencer = load_config(FOLDER / "sequencer.toml", SequencerConfig)
    verifier = load_config(FOLDER / "verifier.toml", VerifierConfig)
    assert str(sequencer.data_dir) == str(verifier.data_dir) == "/data"
    services = COMPOSE["services"]
    assert services["sequencer"]["ports"] == [
        f"127.0.0.1:{sequencer.api.port}:{sequencer.api.port}"
    ]
    assert f"sequencer:{sequencer.api.port}" in services["gateway"]["command"]
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    targets = {each["job_name"]: each["static_configs"][0]["targets"] for each in scraped}
    assert targets["sequencer"] == [f"sequencer:{sequencer.metrics.port}"]
    assert targets["verifier"] == [f"verifier:{verifier.metrics.port}"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for service in services.values():  # what is mounted exists beside the file
        for each in service.get("volumes", []):
            source = each.split(":")[0]
            own = source == "./deployment.json"  # of the operator, not an example
            assert own or source in COMPOSE["volumes"] or (FOLDER / source).exists(), source
        assert set(service["networks"]) <= set(COMPOSE["networks"])


def expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "expr" in value:
            yield value["expr"]
        for each in value.values():
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)


def test_dashboard_is_fresh_and_shows_metrics_that_nodes_have() -> None:
    assert dashboard.main(["--check"]) == 0
    site = Site()
    registries = [
        site.sequencer.registry,
        site.verifier.registry,
        site.reporter.registry,
        GatewayMetrics().registry,
    ]
    shown: set[str] = set()
    for each in registries:
        for family in each.collect():
            kinds = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
            shown |= {family.name + end for end in kinds.get(family.type, ("",))}
    drawn = list(expressions(json.loads(dashboard.FILE.read_text())))
    used = {
        name
        for text in drawn
        for name in re.findall(r"\b(?:sequencer|verifier|reporter|gateway)_\w+", text)
    }
    assert len(drawn) > 50
    assert used - shown == set()


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for each in dashboard.dashboard()["panels"]:
        place = each["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, each["title"]
        assert place["x"] + place["w"] <= dashboard.COLUMNS
        taken |= cells


def test_expressions_of_the_dashboard_are_ones_that_prometheus_takes(tmp_path: Path) -> None:
    drawn = [
        each.replace("$__rate_interval", "5m")
        for each in expressions(json.loads(dashboard.FILE.read_text()))
    ]
    rules = [{"record": f"panel:{at}", "expr": each} for at, each in enumerate(drawn)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    program = promtool()  # skips without it
    checked = subprocess.run([program, "check", "rules", str(path)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_evidence_is_given_no_keys() -> None:
    given = [each.split(":")[0] for each in COMPOSE["services"]["evidence"]["volumes"]]
    assert given == ["./verifier.toml", "./deployment.json", "verifier"]
