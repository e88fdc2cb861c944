"""A certificate for this machine, made for one run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import trustme

__all__ = ("Papers",)


@dataclass(frozen=True, slots=True)
class Papers:
    """Paths of a server's certificate and key, and of the authority that clients trust."""

    certificate: Path
    key: Path
    authority: Path

    @classmethod
    def issue(cls, folder: Path) -> Self:
        """Write them into `folder`."""
        papers = cls(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
        authority = trustme.CA()
        own = authority.issue_cert("127.0.0.1", "localhost")
        own.cert_chain_pems[0].write_to_path(str(papers.certificate))
        own.private_key_pem.write_to_path(str(papers.key))
        authority.cert_pem.write_to_path(str(papers.authority))
        return papers
