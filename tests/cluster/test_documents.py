"""The page about many machines: its files parse, and its commands have the options that there are."""

import re
from pathlib import Path

import yaml

from eraser.cli.options import GROUPS
from eraser.options import options_of

PAGE = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")


def test_the_files_for_clusters_are_yaml_with_the_parts_that_ray_asks_for():
    up, job = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))

    assert {"cluster_name", "provider", "auth", "head_start_ray_commands", "worker_start_ray_commands"} <= set(up)
    assert (job["kind"], job["apiVersion"]) == ("RayJob", "ray.io/v1")
    groups = job["spec"]["rayClusterSpec"]
    assert groups["workerGroupSpecs"][0]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "16"


def test_no_statistics_are_sent_by_the_clusters_that_the_page_shows():
    up, job = (yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))

    starts = [*up["head_start_ray_commands"], *up["worker_start_ray_commands"]]
    assert all("RAY_USAGE_STATS_ENABLED=0" in line for line in starts if "ray start" in line)
    pod = job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["containers"][0]
    assert {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"} in pod["env"]


def test_the_options_of_its_commands_are_there():
    flags = {part for kind in GROUPS.values() for f in options_of(kind) for flag in f.flags for part in flag.split("/")}
    commands = re.findall(r"erase-me (?:s3://|/mnt)[^\n#]*", PAGE)

    assert len(commands) >= 6
    assert {flag for line in commands for flag in re.findall(r"--[a-z-]+", line)} <= flags
