"""Reading a configuration file: TOML, every field checked, errors name file, section and field."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from strikeproof.config.section import Section
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

C = TypeVar("C", bound=Section)


class ConfigInvalid(Rejected):
    """The file is missing, is not TOML, or a field has no valid value."""

    code = FailureCode.CONFIG_INVALID

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


def load_config(path: Path, model: type[C], **overrides: Any) -> C:
    """Return the configuration in `path`; overrides that are not None replace top-level fields.

    Raises `ConfigInvalid`.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ConfigInvalid(path, error.strerror or type(error).__name__) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(path, str(error)) from None
    table |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return model.model_validate(table, context={"folder": path.resolve().parent})
    except ValidationError as error:
        raise ConfigInvalid(path, "; ".join(map(_problem, error.errors()))) from None


def _problem(error: Any) -> str:
    """Return `section.field: what is wrong`, without the value: it may be a secret."""
    place = ".".join(str(each) for each in error["loc"])
    return f"{place}: {error['msg']}" if place else str(error["msg"])
