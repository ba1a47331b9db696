"""The server of the live page: one page, on this machine only, with errors of one line."""

import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.client import HTTPConnection

import pytest

from artinv.runtime.errors import BadParams
from artinv.show.live import server
from tools.deps import ROOT


@pytest.fixture
def opened():
    with server.serving("<p>ü</p>", 0) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def answer(opened, path="/", method="GET", **headers):
    connection = HTTPConnection(*opened.server_address, timeout=5)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.headers
    finally:
        connection.close()


def test_the_page_is_served_and_not_stored(opened):
    status, text, headers = answer(opened)
    assert (status, text) == (200, "<p>ü</p>")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Permissions-Policy"] == "microphone=(self)"
    assert answer(opened, "/?x=1")[0] == 200
    assert answer(opened, method="HEAD")[:2] == (200, "")


@pytest.mark.parametrize("path", ["/params.yaml", "/../params.yaml", "/index.html", "/favicon.ico"])
def test_nothing_else_is_served(opened, path):
    assert answer(opened, path)[:2] == (404, "Not Found\n")


def test_other_methods_are_refused(opened):
    assert answer(opened, method="POST")[0] == 501


@pytest.mark.parametrize("name", ["example.org", "127.0.0.1.example.org:80", "localhost.example.org"])
def test_a_request_by_another_name_is_refused(opened, name):
    assert answer(opened, Host=name)[:2] == (403, "Forbidden\n")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "localhost:8417"])
def test_a_request_by_a_name_of_this_machine_is_answered(opened, name):
    assert answer(opened, Host=name)[0] == 200


def test_other_machines_do_not_reach_it(opened):
    assert opened.server_address[0] == "127.0.0.1"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.address(opened))


def test_a_taken_port_is_reported():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        fault = f"--port: {port} is taken by another program; choose another, or 0"
        with pytest.raises(BadParams, match=fault), server.serving("", port):
            pass


@pytest.mark.parametrize("port", [-1, 65536])
def test_an_impossible_port_is_reported(port):
    with pytest.raises(BadParams, match="is not within 0 to 65535"), server.serving("", port):
        pass


def test_ctrl_c_ends_the_command_without_an_error():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # the process would inherit that the signal is ignored
    process = subprocess.Popen([sys.executable, "-m", "artinv", "live", "--port", "0"], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    signal.signal(signal.SIGINT, before)
    with process:
        try:
            first = process.stdout.readline()
            port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\n", first)[1])
            with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("GET", "/")
                assert b"Speak, and watch the mouth" in connection.getresponse().read()
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0
    assert out.endswith("ended\n")
    assert err == ""
