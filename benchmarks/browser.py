"""A headless Chromium, driven through chromedriver's own protocol: HTTP and JSON, no library."""

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

KEYS = {"Tab": "\ue004", "Enter": "\ue007", "ArrowDown": "\ue015", "ArrowUp": "\ue013"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"]


class NoBrowserError(Exception):
    """There is no browser here; the message says why."""


class Browser:
    """One window of `width` by `height`; raises NoBrowserError where none can be opened."""

    def __init__(self, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        program = shutil.which("chromedriver")
        if program is None:
            raise NoBrowserError("no chromedriver on the PATH (Debian: chromium-driver)")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [program, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._await_driver()
            self.session = self._begin()
            self.resize(width, height, scheme)
        except (OSError, KeyError, TimeoutError) as error:
            self.process.terminate()
            raise NoBrowserError(f"chromedriver opens no Chromium ({error})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            self._call("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait(timeout=20)

    def _await_driver(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("it does not answer")

    def _begin(self) -> str:
        always = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": ARGUMENTS},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        found = self._call("POST", "/session", {"capabilities": {"alwaysMatch": always}})
        return f"/session/{found['sessionId']}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]["message"].splitlines()[0]
            raise OSError(said) from error

    def _do(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", self.session + path, body)

    def resize(self, width: int, height: int, scheme: str) -> None:
        """Set the size of the page, below 600 a phone's, and which colours the user prefers."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tool("Emulation.setDeviceMetricsOverride", size)
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        self.tool("Emulation.setEmulatedMedia", {"features": wanted})

    def tool(self, command: str, parameters: dict[str, Any]) -> Any:
        """A command of the developer tools."""
        return self._do("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def visit(self, page: Path) -> None:
        self._do("/url", {"url": page.resolve().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body of JavaScript returns."""
        return self._do("/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script: str, seconds: float = 30.0) -> Any:
        """The first true answer of `script`; raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.run(script):
                return found
            time.sleep(0.05)
        raise TimeoutError(script)

    def press(self, key: str) -> None:
        """Press one key where the focus is: a letter, or one of KEYS."""
        value = KEYS.get(key, key)
        moves = [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self._do("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": moves}]})

    def click(self, selector: str) -> None:
        found = self._do("/element", {"using": "css selector", "value": selector})
        self._do(f"/element/{found[ELEMENT]}/click", {})

    def complaints(self) -> list[str]:
        """Warnings and errors of the console since the last call."""
        entries = self._do("/se/log", {"type": "browser"})
        return [each["message"] for each in entries if each["level"] in ("WARNING", "SEVERE")]

    def picture(self, path: Path, selector: str) -> None:
        """Write a PNG of one element, however long it is."""
        script = "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
        script += "return [b.x + scrollX, b.y + scrollY, b.width, b.height]"
        x, y, width, height = self.run(script, selector)
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        wanted = {"captureBeyondViewport": True, "clip": clip}
        path.write_bytes(base64.b64decode(self.tool("Page.captureScreenshot", wanted)["data"]))
