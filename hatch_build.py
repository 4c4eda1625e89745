"""What a wheel holds beside the package: the files at the root with which a home begins.

A checkout has them in place, so an editable install needs no copy of them.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEW_HOME = (".env.example", "dagster.yaml", "workspace.yaml")


class NewHome(BuildHookInterface[Any]):
    """Puts them where `musictool_pipeline.app.home` looks for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds `version`, "standard" or "editable"."""
        if version == "standard":
            for name in NEW_HOME:
                build_data["force_include"][name] = f"musictool_pipeline/app/new_home/{name}"
