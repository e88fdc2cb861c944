"""What everything is made of that a command says with `--json`."""

from pydantic import BaseModel, ConfigDict

__all__ = ("Answer",)


class Answer(BaseModel):
    """A part of an answer, or a whole one; its docstrings become the descriptions of the schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
