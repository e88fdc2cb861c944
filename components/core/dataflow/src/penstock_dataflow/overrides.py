"""What goes before a configuration: the flags of a command line."""

from dataclasses import replace

from penstock_dataflow.config import DataflowConfig, HttpAdmin

__all__ = ("override",)


def override(
    config: DataflowConfig, http_admin: str | None = None, *, strict: bool | None = None
) -> DataflowConfig:
    """`config` with another address of the admin interface, and another rule for unused extensions.

    `http_admin` is `host:port`, or `off` for none. What is None stays.
    """
    engine = config.engine
    if http_admin == "off":
        engine = engine.model_copy(update={"http_admin": None})
    elif http_admin is not None:
        admin = (engine.http_admin or HttpAdmin()).model_copy(update={"bind_address": http_admin})
        engine = engine.model_copy(update={"http_admin": admin})
    if strict is not None:
        use = engine.extensions.model_copy(update={"strict": strict})
        engine = engine.model_copy(update={"extensions": use})
    return replace(config, engine=engine)
