"""A Label Studio server as far as the exchange needs it, over label-studio-sdk; errors in words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from engine.errors import BadInput, LinesideError, TargetError

T = TypeVar("T")
VARIABLE = "LINESIDE_LABEL_STUDIO_TOKEN"
TRIES = 5
PAUSE = 0.2  # s before the second try, doubled each time
FEW = 20  # tasks whose predictions are asked for one by one
MAX_IMAGE = 1 << 30  # bytes
BEFORE = 5  # s


class Dropped(TargetError):
    """The connection broke; what was sent may or may not have arrived."""


class Server:
    """One server with a token. Reading is tried again when the connection breaks; writing is for the caller to judge."""

    def __init__(self, url: str, token: str) -> None:
        try:
            from label_studio_sdk import LabelStudio
        except ImportError as error:
            raise LinesideError(
                f"The client of Label Studio is not installed ({error}).",
                fix="pip install --no-deps label-studio-sdk==2.1.2",
            ) from error
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise BadInput(f"“{url}” is not the address of a server; write it as http://host:8080.")
        self.url = url.rstrip("/")
        self._client = LabelStudio(base_url=self.url, api_key=token, timeout=60, max_retries=0)

    def moment(self) -> str:
        """The server's clock, a little ago: all that is changed from now on is changed after it; "" if it does not tell.

        The little covers a change whose time is taken before it is committed, and the whole seconds of the header.
        """
        from email.utils import parsedate_to_datetime

        path = f"{self.url}/api/version"
        told = self._read(lambda: self._http.request("GET", path, timeout=60).headers.get("date"))
        try:
            return (
                f"{parsedate_to_datetime(told) - timedelta(seconds=BEFORE):%Y-%m-%dT%H:%M:%S}.000000Z" if told else ""
            )
        except ValueError:
            return ""

    # -- projects

    def project(self, ident: int) -> dict[str, Any]:
        """Title, label_config and task_number of a project."""
        found = self._read(lambda: self._client.projects.get(ident))
        return {"title": found.title, "label_config": found.label_config or "", "task_number": found.task_number or 0}

    def create(self, title: str, config: str) -> int:
        """Make a project; returns its number."""
        with self._errors(f"making the project “{title}”"):
            return int(self._client.projects.create(title=title, label_config=config).id)

    def configure(self, project: int, config: str) -> None:
        """Give a project another labelling configuration."""
        with self._errors("changing the labelling configuration"):
            self._client.projects.update(project, label_config=config)

    # -- tasks

    def add_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add tasks with annotations and predictions in one request; returns their numbers in order."""
        answer = self._send("POST", f"/api/projects/{project}/import", {"return_task_ids": "true"}, json=list(tasks))
        return [int(ident) for ident in answer["task_ids"]]

    def tasks(self, project: int, idents: Sequence[int] | None = None) -> list[dict[str, Any]]:
        """Tasks with annotations and predictions; None: all."""
        path = f"/api/projects/{project}/export"
        options: dict[str, Any] = {"exportType": "JSON", "download_all_tasks": "true"}
        found: list[dict[str, Any]] = []
        if idents is None:
            found = list(self._get(path, options))
        for start in range(0, len(idents or ()), 200):
            found += self._get(path, options | {"ids[]": list((idents or ())[start : start + 200])})
        return self._with_predictions(project, found)

    def _with_predictions(self, project: int, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """An export names predictions by number only; here they are themselves."""
        wanted = [task["id"] for task in tasks if task.get("predictions")]
        if not wanted:
            return tasks
        asked = [{"project": project}] if len(wanted) > FEW else [{"task": ident} for ident in wanted]
        known = {each["id"]: each for options in asked for each in self._get("/api/predictions/", options)}
        for task in tasks:
            idents = [each["id"] if isinstance(each, dict) else each for each in task.get("predictions") or ()]
            task["predictions"] = [known[ident] for ident in idents if ident in known]
        return tasks

    def changed(self, project: int, since: str) -> list[int]:
        """The numbers of tasks that changed after a moment."""
        after = {"filter": "filter:tasks:updated_at", "operator": "greater", "type": "Datetime", "value": since}
        query = json.dumps({"filters": {"conjunction": "and", "items": [after]}})
        found: list[int] = []
        page = 1
        while True:
            options = {"project": project, "query": query, "page": page, "page_size": 500, "include": "id"}
            answer = self._get("/api/tasks/", options)
            found += [int(task["id"]) for task in answer["tasks"]]
            if len(found) >= int(answer["total"]) or not answer["tasks"]:
                return found
            page += 1

    def save(self, task: int, annotation: int | None, results: Sequence[Mapping[str, Any]], unique: str) -> int:
        """Write the annotation of a task; a new one only once, however often it is sent with the same `unique` (UUID)."""
        from label_studio_sdk.core.api_error import ApiError

        if annotation is not None:
            with self._errors(f"writing task {task}"):
                self._client.annotations.update(annotation, result=list(results))
            return annotation
        with self._errors(f"writing task {task}"):
            try:
                return int(self._client.annotations.create(task, result=list(results), unique_id=unique).id)
            except ApiError as error:
                if error.status_code != 409:
                    raise
        (same,) = [a for t in self.tasks_of([task]) for a in t["annotations"] if a.get("unique_id") == unique] or [None]
        if same is None:
            raise LinesideError(
                f"The server refuses the annotation of task {task} as sent already, and does not show it."
            )
        return int(same["id"])

    def tasks_of(self, idents: Sequence[int]) -> list[dict[str, Any]]:
        """Single tasks as they are now."""
        return [self._get(f"/api/tasks/{ident}/", {}) for ident in idents]

    def predict(self, task: int, old: Sequence[int], new: Sequence[Mapping[str, Any]]) -> None:
        """Put predictions in the place of others."""
        with self._errors(f"writing the predictions of task {task}"):
            for ident in old:
                self._client.predictions.delete(ident)
            for each in new:
                self._client.predictions.create(task=task, **each)

    # -- images

    def upload(self, project: int, images: Mapping[str, bytes]) -> dict[str, str]:
        """Send image files; returns the path of each on the server by its name, which must be plain and unique."""
        files = [(name, (name, data)) for name, data in images.items()]
        answer = self._send("POST", f"/api/projects/{project}/import", {"commit_to_project": "false"}, files=files)
        idents = answer["file_upload_ids"]
        listed = self._get(f"/api/projects/{project}/file-uploads", {"ids": json.dumps(idents)})
        found = {}
        for entry in listed:
            plain = str(entry["file"]).rsplit("/", 1)[-1].split("-", 1)[-1]
            found[plain] = "/data/" + str(entry["file"])
        return {name: found[name] for name in images}

    def serve(self, project: int, folder: str, title: str) -> None:
        """Let the server show files of a folder of its machine."""
        known = self._get("/api/storages/localfiles", {"project": project})
        if not any(entry["path"] == folder for entry in known):
            content = {"project": project, "path": folder, "title": title, "use_blob_urls": True}
            self._send("POST", "/api/storages/localfiles", {}, json=content)

    def download(self, reference: str) -> bytes:
        """An image of a task, from this server only.

        Raises:
            BadInput: it lies elsewhere, or is too large.
        """
        address = urljoin(self.url + "/", reference.lstrip("/") if reference.startswith("/") else reference)
        if urlsplit(address)[:2] != urlsplit(self.url)[:2]:
            raise BadInput(
                f"its image lies elsewhere ({urlsplit(address).scheme}://{urlsplit(address).netloc}); not fetched"
            )

        def fetch() -> bytes:
            with self._http.stream("GET", address, headers=self._headers(), timeout=60) as answer:
                if answer.status_code != 200:
                    raise BadInput(f"the server answers {answer.status_code} for its image")
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > MAX_IMAGE:
                        raise BadInput("its image is larger than 1 GB")
                return bytes(data)

        return self._read(fetch)

    # -- requests

    @property
    def _http(self) -> Any:
        return self._client._client_wrapper.httpx_client.httpx_client

    def _headers(self) -> dict[str, str]:
        return {key: str(value) for key, value in self._client._client_wrapper.get_headers().items()}

    def _get(self, path: str, options: Mapping[str, Any]) -> Any:
        return self._read(lambda: self._answer("GET", path, options))

    def _send(self, method: str, path: str, options: Mapping[str, Any], **content: Any) -> Any:
        with self._errors(f"sending to {path}"):
            return self._answer(method, path, options, **content)

    def _answer(self, method: str, path: str, options: Mapping[str, Any], **content: Any) -> Any:
        from label_studio_sdk.core.api_error import ApiError

        answer = self._http.request(
            method, self.url + path, params=dict(options), headers=self._headers(), timeout=120, **content
        )
        if answer.status_code >= 400:
            try:
                body = answer.json()
            except ValueError:
                body = answer.text[:300]
            raise ApiError(status_code=answer.status_code, headers={}, body=body)
        return answer.json()

    def _read(self, call: Callable[[], T]) -> T:
        for number in range(TRIES):
            try:
                with self._errors("reading from it"):
                    return call()
            except Dropped:
                if number + 1 == TRIES:
                    raise
                time.sleep(PAUSE * 2**number)
        raise AssertionError

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        import httpx
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except httpx.ConnectError as error:
            raise TargetError(f"Label Studio at {self.url} does not answer ({error}); is it running there?") from error
        except httpx.TransportError as error:
            what = str(error) or type(error).__name__
            raise Dropped(
                f"The connection to {self.url} broke while {doing} ({what}); run it again to go on."
            ) from error
        except ApiError as error:
            raise _refusal(self.url, doing, error) from error


def _refusal(url: str, doing: str, error: Any) -> LinesideError:
    body = error.body if isinstance(error.body, dict) else {}
    detail = body.get("validation_errors") or body.get("detail") or error.body
    if error.status_code in (401, 403):
        return TargetError(
            f"{url} refused the token; make a new one under Account & Settings there and add the project again."
        )
    if error.status_code == 404:
        return BadInput(f"{url} does not have what is asked for ({detail}); was the project or task removed there?")
    return LinesideError(f"{url} refused {doing} ({error.status_code}): {detail}")
