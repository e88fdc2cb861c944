"""The provider of scheme `yaml`."""

from penstock_api import ProviderFactory, ProviderSettings, Retrieved, Stability

__all__ = ("YamlProvider", "factory")


class YamlProvider:
    """Gives back what it is asked for; the runtime reads all text as YAML and splits keys at `::`."""

    def __init__(self, _settings: ProviderSettings) -> None:
        pass

    def retrieve(self, opaque: str, /) -> Retrieved:
        """`opaque` itself; nothing is null."""
        return Retrieved(opaque or None)


factory = ProviderFactory(kind="yaml", create=YamlProvider, stability={"provider": Stability.BETA})
