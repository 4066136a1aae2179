"""The Helm chart, as far as it can be judged without a cluster: its templates use a few forms of
Helm's language, which are rendered here, and what comes out is what Kubernetes takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from strikeproof.cli.main import main

ROOT = Path(__file__).parents[2]
CHART = ROOT / "docs/examples/helm"
DOCKER = ROOT / "docs/examples/docker"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
APP_VERSION = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
CASES = {
    "plain": {"l1": {"urlSecret": "l1-url"}},
    "full": {
        "l1": {"urlSecret": "l1-url"},
        "sequencer": {**VALUES["sequencer"], "storageClass": "fast"},
        "verifier": {**VALUES["verifier"], "storageClass": "fast"},
        "gateway": {
            **VALUES["gateway"],
            "tlsSecret": "gateway-tls",
            "service": {"type": "LoadBalancer", "port": 443, "externalTrafficPolicy": "Local"},
        },
    },
}


def value_of(path: str, values: dict[str, Any]) -> Any:
    found: Any = {
        "Values": values,
        "Release": {"Name": "venue"},
        "Chart": {"AppVersion": APP_VERSION},
    }
    for name in path.removeprefix(".").split("."):
        found = found[name]  # a KeyError is a value that values.yaml lacks
    return found


def rendered(text: str, values: dict[str, Any]) -> str:
    """Render the forms that the chart uses; any other is an error."""
    lines: list[str] = []
    skipping = 0
    for line in text.splitlines():
        if found := re.fullmatch(r"\s*\{\{- if (\.[\w.]+) \}\}", line):
            skipping += 1 if skipping or not value_of(found[1], values) else 0
        elif re.fullmatch(r"\s*\{\{- end \}\}", line):
            skipping = max(0, skipping - 1)
        elif not skipping:
            if found := re.fullmatch(r"\s*\{\{- toYaml (\.[\w.]+) \| nindent (\d+) \}\}", line):
                shown = yaml.safe_dump(value_of(found[1], values)).splitlines()
                lines += [" " * int(found[2]) + each for each in shown]
            else:
                lines.append(re.sub(r"\{\{ (.*?) \}\}", lambda x: expression(x[1], values), line))
    assert not skipping
    whole = "\n".join(lines)
    assert "{{ " not in whole and "{{-" not in whole, whole
    return whole


def expression(text: str, values: dict[str, Any]) -> str:
    path, *pipes = [each.strip() for each in text.split("|")]
    value = value_of(path, values)
    for pipe in pipes:
        word, _, rest = pipe.partition(" ")
        if word == "default":
            value = value or value_of(rest, values)
        else:
            assert word == "quote", pipe
            value = f'"{value}"'
    return str(value)


def documents(name: str) -> list[dict[str, Any]]:
    values = {**VALUES, **CASES[name]}
    texts = [rendered(each.read_text(), values) for each in sorted(CHART.glob("templates/*"))]
    return [each for text in texts for each in yaml.safe_load_all(text)]


def workloads(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for each in documents(name):
        if each["kind"] in ("StatefulSet", "Deployment"):
            yield each, each["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", CASES)
def test_every_document_is_whole_and_named_once(name: str) -> None:
    found = documents(name)
    names = [(each["kind"], each["metadata"]["name"]) for each in found]
    assert len(names) == len(set(names)) == 8
    assert {kind for kind, _ in names} == {"Service", "StatefulSet", "Deployment", "NetworkPolicy"}
    for each, _ in workloads(name):
        labels = each["spec"]["template"]["metadata"]["labels"]
        wanted = each["spec"]["selector"]["matchLabels"]
        assert wanted.items() <= labels.items()
        services = [x for x in found if x["kind"] == "Service"]
        selected = [x for x in services if x["spec"]["selector"].items() <= labels.items()]
        assert len(selected) == 1


@pytest.mark.parametrize("name", CASES)
def test_nothing_runs_as_root_or_may_be_written(name: str) -> None:
    for each, pod in workloads(name):
        assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
        claims = {x["metadata"]["name"] for x in each["spec"].get("volumeClaimTemplates", [])}
        volumes = {x["name"] for x in pod["volumes"]} | claims
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] and security["capabilities"]["drop"] == [
                "ALL"
            ]
            assert not security["allowPrivilegeEscalation"]
            assert {x["name"] for x in container["volumeMounts"]} <= volumes
            assert {"requests", "limits"} <= set(container["resources"])
            ports = {x["name"] for x in container["ports"]}
            for probe in ("startupProbe", "readinessProbe"):
                for check in ("tcpSocket", "httpGet"):
                    asked = container.get(probe, {}).get(check, {}).get("port")
                    assert asked in (None, *ports)
        assert f":{APP_VERSION}" in pod["containers"][0]["image"]


@pytest.mark.parametrize("name", CASES)
def test_commands_and_their_options_exist(name: str) -> None:
    commands = []
    for _, pod in workloads(name):
        for container in pod["containers"]:
            at: click.Command = main
            words = [str(each) for each in container["args"]]
            while isinstance(at, click.Group) and not words[0].startswith("-"):
                context = click.Context(at)
                found = at.get_command(context, words.pop(0))
                assert found is not None, container["args"]
                at = found
            context = at.make_context("x", ["--help"], resilient_parsing=True)
            known = {option for each in at.get_params(context) for option in each.opts}
            options = [each.split("=")[0] for each in words if each.startswith("--")]
            assert set(options) <= known, set(options) - known
            commands.append(at.name)
    assert len(commands) == 4
    assert ("--tls-cert=/tls/tls.crt" in str(documents(name))) == (name == "full")


@pytest.mark.parametrize("name", CASES)
def test_ports_are_those_of_containers_and_of_the_example_files(
    name: str,
) -> None:
    found = documents(name)
    open_ports = {
        port["containerPort"]
        for _, pod in workloads(name)
        for container in pod["containers"]
        for port in container["ports"]
    }
    for each in found:
        if each["kind"] == "Service":
            assert {x["targetPort"] for x in each["spec"]["ports"]} <= open_ports
        if each["kind"] == "NetworkPolicy":
            rules = each["spec"]["ingress"]
            assert {x["port"] for rule in rules for x in rule["ports"]} <= open_ports
    for file, port in (("sequencer.toml", 7450), ("sequencer.toml", 9465), ("verifier.toml", 9464)):
        assert f"port = {port}" in (DOCKER / file).read_text(), (file, port)


def test_each_node_is_given_its_own_secret_alone() -> None:
    mounted = []
    for each, pod in workloads("plain"):
        secrets = [x["secret"]["secretName"] for x in pod["volumes"] if "secret" in x]
        mounted.append((each["metadata"]["name"], secrets))
        if each["kind"] == "Deployment":
            (variable,) = pod["containers"][0]["env"]
            assert variable["valueFrom"]["secretKeyRef"] == {"name": "l1-url", "key": "url"}
            assert "--l1=$(L1_URL)" in pod["containers"][0]["args"]
    assert dict(mounted) == {
        "venue-gateway": [],
        "venue-sequencer": ["strikeproof-sequencer-keys"],
        "venue-verifier": ["strikeproof-verifier-keys"],
    }
