"""Load on one endpoint, and every answer that was not as it should be."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections import Counter
from urllib.parse import urlsplit

from tests.integration.deployment.conftest import PNG


class Load:
    """Clients that ask without a pause until the end; `answers` counts them by model, `failed` lists the rest."""

    def __init__(self, endpoint: str, clients: int = 3, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.address = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self.answers: Counter[str] = Counter()
        self.failed: list[str] = []
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, model: str, count: int = 1, seconds: float = 60.0) -> None:
        """Until so many more answers came from a model."""
        with self._changed:
            wanted = self.answers[model] + count
            assert self._changed.wait_for(lambda: self.answers[model] >= wanted, seconds), f"{model} never answered"

    def _ask(self) -> None:
        while not self._over.is_set():
            connection = (
                http.client.HTTPSConnection(*self.address, timeout=30, context=self.tls)
                if self.tls
                else http.client.HTTPConnection(*self.address, timeout=30)
            )
            try:
                for _ in range(20):  # kept open between, as clients do
                    if self._over.is_set():
                        break
                    connection.request("POST", "/predict", PNG, {"Content-Type": "image/png"})
                    answer = connection.getresponse()
                    body = answer.read()
                    self._keep(answer.status, body)
            except (OSError, http.client.HTTPException) as error:
                self._keep(0, repr(error).encode())
            finally:
                connection.close()

    def _keep(self, status: int, body: bytes) -> None:
        import json

        with self._changed:
            if status == 200:
                self.answers[json.loads(body)["model"]] += 1
            else:
                self.failed.append(f"{status}: {body[:200]!r}")
            self._changed.notify_all()
