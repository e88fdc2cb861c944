"""Only status 200 from a server that answers in time is a configuration."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError

import pytest

from penstock_api import ConfigError, ProviderSettings, Retrieved
from penstock_provider_http import http, https
from penstock_provider_http.factory import HttpProvider

SETTINGS = ProviderSettings(warn=print)
ANSWERS = {
    "/good": (200, "a: é".encode()),
    "/empty": (200, b""),
    "/latin": (200, b"\xff"),
    "/huge": (200, b"a" * (8 * 1024 * 1024 + 1)),
    "/moved": (302, b""),
    "/dripping": (200, b""),
    "/cut": (200, b"a: 1"),
}


LONGER = {"/dripping": 100_000, "/cut": 100}


class Handler(BaseHTTPRequestHandler):
    release = threading.Event()

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/slow":
            self.release.wait(10)
        status, body = ANSWERS.get(path) or (int(path.strip("/") or 404), b"nothing")
        self.send_response(status)
        if path == "/moved":
            self.send_header("Location", "/good")
        self.send_header("Content-Length", str(LONGER.get(path, len(body) if status != 204 else 0)))
        self.end_headers()
        try:
            while path == "/dripping" and not self.release.wait(0.01):
                self.wfile.write(b"a")
            self.wfile.write(b"" if status == 204 else body)
        except OSError:
            self.close_connection = True  # the reader has enough

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    Handler.release.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield f"//127.0.0.1:{listening.server_port}"
        Handler.release.set()
        listening.shutdown()
        thread.join()


def retrieve(opaque):
    return http.create(SETTINGS).retrieve(opaque)


def test_the_schemes_are_http_and_https():
    assert (http.scheme, https.scheme) == ("http", "https")


def test_the_body_of_a_good_answer_is_the_text(server):
    assert retrieve(f"{server}/good") == Retrieved("a: é")
    assert retrieve(f"{server}/empty") == Retrieved(None)
    assert retrieve(f"{server}/moved") == Retrieved("a: é")


@pytest.mark.parametrize("status", [201, 202, 204, 206, 304, 400, 401, 404, 500, 503])
def test_c_26_any_status_but_200_fails(server, status):
    with pytest.raises(
        ConfigError,
        match=rf'failed to load resource from uri "http:{server}/{status}"\. status code: {status}$',
    ):
        retrieve(f"{server}/{status}")


@pytest.mark.parametrize(
    ("path", "message"), [("latin", "not UTF-8: http:"), ("huge", "larger than 8 MiB: http:")]
)
def test_what_is_no_text_of_bounded_size_is_refused(server, path, message):
    with pytest.raises(ConfigError, match=message):
        retrieve(f"{server}/{path}")


def test_a_server_that_does_not_answer_in_time_fails(server):
    with pytest.raises(
        ConfigError, match=r'unable to download the file via HTTP GET for uri "http:.*/slow": .*timed out'
    ):
        HttpProvider("http", SETTINGS, timeout=0.05).retrieve(f"{server}/slow")


def test_an_answer_that_was_cut_off_is_no_configuration(server):
    with pytest.raises(ConfigError, match=r"/cut\": the connection ended after 4 of 100 bytes"):
        retrieve(f"{server}/cut")


def test_a_server_that_never_gets_done_fails(server):
    with pytest.raises(ConfigError, match=r'uri "http:.*/dripping": timed out'):
        HttpProvider("http", SETTINGS, timeout=0.1).retrieve(f"{server}/dripping")


@pytest.mark.parametrize("opaque", ["//127.0.0.1:1/x", "//127.0.0.1:port/x", "", "//", "nonsense", "//\n/x"])
def test_what_cannot_be_reached_fails_with_the_reason(opaque):
    with pytest.raises(ConfigError, match="unable to download the file via HTTP GET for uri "):
        retrieve(opaque)


def test_https_speaks_tls_only_and_is_not_led_to_http(server):
    with pytest.raises(ConfigError, match='unable to download the file via HTTP GET for uri "https:'):
        https.create(SETTINGS).retrieve(f"{server}/good")
    with pytest.raises(URLError, match="unknown url type: http"):
        HttpProvider("https", SETTINGS)._get(f"http:{server}/good")


def test_password_and_query_do_not_show(server):
    url = server.replace("//", "//me:s3cret@") + "/404?key=s3cret"
    with pytest.raises(ConfigError) as caught:
        retrieve(url)
    assert "s3cret" not in str(caught.value)
