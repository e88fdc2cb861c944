"""One request to the token server. It blocks: call it in a thread."""

import base64
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final  # Any: JSON
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from penstock_api import PenstockError, Secret, StartError
from penstock_api.reloading import read_text
from penstock_extension_oauth2_client.config import Oauth2ClientConfig

__all__ = ("Granted", "TokenError", "fetch")

_LARGEST: Final = 1 << 20
_SHOWN: Final = 200


class TokenError(PenstockError):
    """The server gave no token."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What the server gave: the token and its life in seconds, None when it did not tell."""

    token: Secret
    seconds: float | None


class _NoRedirect(HTTPRedirectHandler):
    """A secret goes nowhere but to the address that the user wrote."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing; the answer is then an error with its status."""


def fetch(config: Oauth2ClientConfig, tls: ssl.SSLContext | None) -> Granted:
    """Ask for a token. Raises `TokenError`; its text holds no secret."""
    try:
        request = _request(config)
        opener = build_opener(_NoRedirect, HTTPSHandler(context=tls))
        with opener.open(request, timeout=config.timeout) as answer:
            body: bytes = answer.read(_LARGEST)
    except HTTPError as error:
        with error:
            raise TokenError(
                f"status {error.code}{_told(error.read(_LARGEST))}: {config.token_url}"
            ) from None
    except URLError as error:
        raise TokenError(f"{error.reason}: {config.token_url}") from None
    except (OSError, HTTPException) as error:
        raise TokenError(f"{str(error) or type(error).__name__}: {config.token_url}") from None
    except StartError as error:
        raise TokenError(str(error)) from None
    return _granted(body, config.token_url)


def _request(config: Oauth2ClientConfig) -> Request:
    name = config.client_id or read_text(config.client_id_file)
    secret = (
        read_text(config.client_secret_file) if config.client_secret_file else config.client_secret.reveal()
    )
    form = {"grant_type": "client_credentials", **config.endpoint_params}
    if config.scopes:
        form["scope"] = " ".join(config.scopes)
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if config.auth_style == "body":
        form |= {"client_id": name, "client_secret": secret}
    else:
        pair = f"{quote(name, safe='')}:{quote(secret, safe='')}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return Request(config.token_url, data=urlencode(form).encode(), headers=headers)  # noqa: S310 - checked


def _granted(body: bytes, url: str) -> Granted:
    found = _decoded(body)
    token, kind, seconds = (
        found.get("access_token"),
        found.get("token_type", "bearer"),
        found.get("expires_in"),
    )
    if not isinstance(token, str) or not token:
        raise TokenError(f"the answer holds no `access_token`: {url}")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenError(f"the token is not a bearer token: {kind}: {url}")
    seconds = found.get("expires_in")
    try:
        return Granted(Secret(token), None if seconds is None else float(seconds))
    except (TypeError, ValueError):
        raise TokenError(f"`expires_in` of the answer is not a number: {seconds}: {url}") from None


def _told(body: bytes) -> str:
    """What the server says of an error (RFC 6749 section 5.2), after a space."""
    found = _decoded(body)
    parts = (found.get("error"), found.get("error_description"))
    return "".join(f" {part[:_SHOWN]}" for part in parts if isinstance(part, str))


def _decoded(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
