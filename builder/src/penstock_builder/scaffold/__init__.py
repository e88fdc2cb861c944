"""Makes what a user starts from: a repository, a component, a manifest; tells what components there are."""

__all__ = ()
